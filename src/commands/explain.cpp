#include <tcr/commands/explain.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <algorithm>
#include <utility>

namespace tcr::commands
{
namespace
{

using controller::catalog_entry;
using controller::coverage;
using controller::ownership;

bool contains(std::vector<std::string> const& list, std::string const& what)
{
    return std::find(list.begin(), list.end(), what) != list.end();
}

std::string joined(std::vector<std::string> const& names)
{
    std::string text;
    for (auto const& each : names)
        text += (text.empty() ? "" : ", ") + each;
    return text;
}

/// The condition Ready if it is not true, or null.
controller::condition const* not_ready(catalog_entry const& entry)
{
    for (auto const& each : entry.cr.status.conditions)
        if (each.type == "Ready" && each.status != "True")
            return &each;
    return nullptr;
}

/// Why the ImagePullSecret is not usable; empty if it is. Only the status reports whether a credential exists
/// that the spec refers to.
std::string problem_of(catalog_entry const& entry)
{
    std::string const text = "it is not usable: ";
    if (!refers_to_credential(entry.cr.spec))
        return text + std::string(entry.problem());
    auto const* state = not_ready(entry);
    return state && state->reason != "Converging" ? text + state->message : "";
}

class explanation
{
public:
    explanation(controller::catalog const& catalog, namespace_facts const& facts, std::string const& account)
        : catalog_(catalog),
          facts_(facts),
          account_(facts.pod ? facts.pod->account : account),
          view_{facts.name, facts.labels, facts.exists, facts.is_terminating, facts.has_unknown_labels}
    {
    }

    std::vector<finding> findings()
    {
        if (!facts_.exists)
            problem("Namespace " + facts_.name + " does not exist.");
        else if (facts_.is_terminating)
            problem("Namespace " + facts_.name + " is being deleted: the controller creates nothing there.");
        else if (!facts_.accounts.contains(account_))
            problem("Service account " + place() + " does not exist.");
        else if (catalog_.size() == 0)
            problem("The cluster has no ImagePullSecret.");
        else
            explain_account();
        return std::move(findings_);
    }

private:
    void add(finding::kind what, std::string text) { findings_.push_back({what, std::move(text)}); }
    void good(std::string text) { add(finding::kind::good, std::move(text)); }
    void fact(std::string text) { add(finding::kind::fact, std::move(text)); }
    void problem(std::string text) { add(finding::kind::problem, std::move(text)); }
    void advise(std::string text) { add(finding::kind::advice, std::move(text)); }

    std::string place() const { return facts_.name + "/" + account_; }

    void explain_account()
    {
        for (auto const& [name, entry] : catalog_)
            explain_entry(entry);
        if (served_by_.empty())
            problem("No ImagePullSecret serves account " + place() + ".");
        if (facts_.pod)
            explain_pod(*facts_.pod);
    }

    void explain_entry(catalog_entry const& entry)
    {
        auto const name = "ImagePullSecret " + entry.cr.name + " (" + entry.cr.spec.server + ")";
        if (auto const why = why_not(entry); !why.empty())
            return fact(name + " does not serve account " + place() + ": " + why + ".");
        served_by_.push_back(&entry);
        good(name + " serves account " + place() + ".");
        explain_secret(entry);
        explain_reference(entry);
    }

    /// Why the account is not served; empty if it is. It matters whether the ImagePullSecret is usable only
    /// if its spec selects the namespace.
    std::string why_not(catalog_entry const& entry) const
    {
        auto const of_spec = entry.scope->match(view_);
        switch (of_spec == coverage::covered ? coverage_of(entry, view_, account_) : of_spec)
        {
            case coverage::covered:
                break;
            case coverage::unusable:
                return problem_of(entry);
            case coverage::namespace_gone:
                return "the namespace does not exist or is being deleted";
            case coverage::excluded:
                return "spec.excludedNamespaces contains the namespace";
            case coverage::namespace_not_named:
                return "spec.namespaces does not contain the namespace";
            case coverage::selector_mismatch:
                return "spec.namespaceSelector does not match the namespace's labels";
            case coverage::labels_unknown:
                return "the namespace's labels are too long to be compared with spec.namespaceSelector";
            case coverage::account_not_named:
                return "spec.serviceAccounts does not contain the account";
        }
        return {};
    }

    void explain_secret(catalog_entry const& entry)
    {
        auto const& name = entry.secret.name;
        auto const full_name = facts_.name + "/" + name;
        auto const found = facts_.secrets.find(name);
        auto const owner = found == facts_.secrets.end() ? ownership::absent : found->second.owner;
        if (owner == ownership::foreign)
        {
            problem("Secret " + full_name + " is not ours: it has another type or owner.");
            return advise("Delete or rename it. The controller then creates its own.");
        }
        if (owner != ownership::absent)
            return good("Secret " + full_name + " exists.");
        problem("Secret " + full_name + " does not exist.");
        advise_about_missing(entry, entry.cr.status.secrets_failed, full_name);
    }

    void explain_reference(catalog_entry const& entry)
    {
        if (contains(facts_.accounts.at(account_).references, entry.secret.name))
            return good("Account " + place() + " references it in imagePullSecrets.");
        problem("Account " + place() + " does not reference Secret " + entry.secret.name + ".");
        advise_about_missing(entry, entry.cr.status.accounts_failed, place());
    }

    /// Advises what the status reports about this object, else about the whole ImagePullSecret.
    void advise_about_missing(
        catalog_entry const& entry,
        std::vector<controller::status_entry> const& failed,
        std::string const& full_name
    )
    {
        for (auto const& each : failed)
            if (each.namespaced_name == full_name)
                return advise(each.reason + ": " + each.message);
        if (auto const* state = not_ready(entry))
            return advise("The ImagePullSecret is not ready: " + state->reason + ": " + state->message);
        advise("Check that the controller runs and leads: see its log and /readyz.");
    }

    void explain_pod(pod_facts const& pod)
    {
        auto const name = "Pod " + facts_.name + "/" + pod.name;
        for (auto const& each : pod.waiting_reasons)
            fact(name + " is waiting: " + each);
        if (pod.references.empty())
            explain_pod_without_references(name);
        else
            explain_pod_references(pod, name);
        auto images = pod.images;
        std::sort(images.begin(), images.end());
        images.erase(std::unique(images.begin(), images.end()), images.end());
        for (auto const& image : images)
            explain_image(pod, image);
    }

    void explain_pod_without_references(std::string const& name)
    {
        if (facts_.accounts.at(account_).references.empty())
            return;
        // Copied once, when the pod is created (Kubernetes, Configure Service Accounts for Pods).
        problem(name + " has no imagePullSecrets: it was created before its account had any.");
        advise("Delete the pod: its replacement gets them.");
    }

    void explain_pod_references(pod_facts const& pod, std::string const& name)
    {
        auto const& of_account = facts_.accounts.at(account_).references;
        if (pod.references == of_account)
            return good(name + " has its account's imagePullSecrets.");
        bool const lacks_ours = std::any_of(
            served_by_.begin(),
            served_by_.end(),
            [&](auto const* entry) { return !contains(pod.references, entry->secret.name); }
        );
        fact(name + " has its own imagePullSecrets: " + joined(pod.references) + ".");
        if (lacks_ours)
            advise(
                "Kubernetes then ignores the account's list. Remove imagePullSecrets from the manifest; or "
                "delete the pod, if the account's list changed after the pod was created."
            );
    }

    void explain_image(pod_facts const& pod, std::string const& image)
    {
        auto const registry = registry_of(image);
        for (auto const& name : pod.references)
        {
            auto const found = facts_.secrets.find(name);
            if (found == facts_.secrets.end())
                continue;
            auto const& servers = found->second.servers;
            auto const is_for = [&](auto const& server) { return is_for_registry(server, registry); };
            if (std::any_of(servers.begin(), servers.end(), is_for))
                return good("Image " + image + ": Secret " + name + " has a login for " + registry + ".");
        }
        auto const text = "Image " + image + ": no Secret of the pod has a login for " + registry;
        bool const is_ours = std::any_of(
            catalog_.begin(),
            catalog_.end(),
            [&](auto const& each) { return is_for_registry(each.second.cr.spec.server, registry); }
        );
        if (is_ours)
            problem(text + ".");
        else
            fact(text + ", and no ImagePullSecret is for that registry. A public image needs none.");
    }

    controller::catalog const& catalog_;
    namespace_facts const& facts_;
    std::string account_;
    runtime::cluster_store::namespace_view view_;
    std::vector<catalog_entry const*> served_by_;
    std::vector<finding> findings_;
};

}  // namespace

std::vector<finding> explain(
    controller::catalog const& catalog, namespace_facts const& facts, std::string const& account
)
{
    return explanation(catalog, facts, account).findings();
}

bool has_problem(std::vector<finding> const& findings)
{
    return std::any_of(
        findings.begin(), findings.end(), [](auto const& each) { return each.what == finding::kind::problem; }
    );
}

}  // namespace tcr::commands
