#include <tcr/commands/explain.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

namespace tcr::commands
{
namespace
{

using controller::catalog_entry;
using controller::coverage;
using controller::ownership;
using level = finding::level;

bool contains(std::vector<std::string> const& list, std::string const& what)
{
    return std::ranges::find(list, what) != list.end();
}

/// The first `max` names, separated by commas, then the number of the other names.
std::string joined(std::vector<std::string> const& names, std::size_t max = SIZE_MAX)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(max, names.size()); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    return names.size() <= max ? text : text + " and " + std::to_string(names.size() - max) + " more";
}

/// The condition Ready, if its status is not True; otherwise null.
controller::condition const* not_ready(catalog_entry const& entry)
{
    for (auto const& each : entry.cr.status.conditions)
        if (each.type == "Ready" && each.status != "True")
            return &each;
    return nullptr;
}

/// Why the ImagePullSecret is not usable; empty if it is usable. If the spec refers to a credential, only the
/// status reports whether that credential exists.
std::string problem_of(catalog_entry const& entry)
{
    std::string const text = "it is not usable: ";
    if (!refers_to_credential(entry.cr.spec))
        return entry.is_valid() ? std::string() : text + std::string(entry.problem());
    auto const* state = not_ready(entry);
    return state && state->reason != "Converging" ? text + state->message : "";
}

/// Why the ImagePullSecret does not serve the account; empty if it does. First compares the spec with the
/// namespace; only if the spec selects it, checks the account and whether the ImagePullSecret is usable.
std::string why_not_served(
    catalog_entry const& entry, runtime::cluster_store::namespace_view const& ns, std::string_view account
)
{
    auto const of_spec = entry.scope->match(ns);
    switch (of_spec == coverage::covered ? coverage_of(entry, ns, account) : of_spec)
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
        case coverage::references_unmanaged:
            return "spec.references is secretsOnly: the account or the pod must name Secret " +
                   entry.secret.name + " itself";
    }
    return {};
}

/// Advice about a Secret or a reference that is missing although the ImagePullSecret asks for it: what the
/// status reports about this object, otherwise what it reports about the ImagePullSecret. `full_name` is
/// "namespace/name" of the object.
std::string advice_about_missing(
    catalog_entry const& entry,
    std::vector<controller::status_entry> const& failed,
    std::string const& full_name
)
{
    for (auto const& each : failed)
        if (each.namespaced_name == full_name)
            return each.reason + ": " + each.message;
    if (auto const* state = not_ready(entry))
        return "The ImagePullSecret is not ready: " + state->reason + ": " + state->message;
    return "Check that the controller runs and leads: see its log and /readyz.";
}

bool is_pull_failure(container_facts const& container)
{
    return container.reason == "ErrImagePull" || container.reason == "ImagePullBackOff";
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

    std::vector<finding> findings(std::string const& pod)
    {
        if (!facts_.exists)
            problem("Namespace " + facts_.name + " does not exist.");
        else if (!pod.empty() && !facts_.pod)
            problem("Pod " + facts_.name + "/" + pod + " does not exist.");
        else if (facts_.is_terminating)
            problem("Namespace " + facts_.name + " is being deleted: the controller creates nothing there.");
        else if (!facts_.accounts.contains(account_))
        {
            problem("Service account " + place() + " does not exist.");
            check_pods();
        }
        else if (catalog_.size() == 0)
            problem("The cluster has no ImagePullSecret.");
        else
            explain_account();
        return std::move(findings_);
    }

private:
    void add(level what, std::string text, std::string advice = {})
    {
        findings_.push_back({what, std::move(text), std::move(advice)});
    }
    void good(std::string text) { add(level::ok, std::move(text)); }
    void fact(std::string text, std::string advice = {})
    {
        add(level::info, std::move(text), std::move(advice));
    }
    void problem(std::string text, std::string advice = {})
    {
        add(level::problem, std::move(text), std::move(advice));
    }

    std::string place() const { return facts_.name + "/" + account_; }

    void explain_account()
    {
        for (auto const& [name, entry] : catalog_)
            explain_entry(entry);
        if (served_by_.empty())
            problem("No ImagePullSecret serves account " + place() + ".");
        if (facts_.pod)
            explain_pod(*facts_.pod);
        check_pods();
    }

    void check_pods()
    {
        if (!facts_.pods_problem.empty())
            fact("The pods of the namespace are not checked: " + facts_.pods_problem + ".");
        for (auto const& [name, why] : facts_.unreadable_pods)
            fact("Pod " + facts_.name + "/" + name + " is not checked: " + why + ".");
        for (auto const& [name, why] : facts_.unchecked_secrets)
            fact("Secret " + facts_.name + "/" + name + " is not checked: " + why + ".");
        for (auto const& pod : facts_.pods)
            check_pod(pod);
    }

    void explain_entry(catalog_entry const& entry)
    {
        auto const name = "ImagePullSecret " + entry.cr.name + " (" + entry.cr.spec.server + ")";
        if (auto const why = why_not_served(entry, view_, account_); !why.empty() && !is_named(entry))
            return fact(name + " does not serve account " + place() + ": " + why + ".");
        served_by_.push_back(&entry);
        good(name + " serves account " + place() + ".");
        explain_secret(entry);
        explain_reference(entry);
    }

    /// Whether the ImagePullSecret serves the namespace with Secrets alone, and the account or the pod names
    /// the Secret itself.
    bool is_named(catalog_entry const& entry) const
    {
        auto const& name = entry.secret.name;
        return !entry.cr.spec.manages_references() && problem_of(entry).empty() &&
               entry.scope->match(view_) == coverage::covered &&
               (contains(facts_.accounts.at(account_).references, name) ||
                (facts_.pod && contains(facts_.pod->references, name)));
    }

    void explain_secret(catalog_entry const& entry)
    {
        auto const& name = entry.secret.name;
        auto const full_name = facts_.name + "/" + name;
        auto const found = facts_.secrets.find(name);
        auto const owner = found == facts_.secrets.end() ? ownership::absent : found->second.owner;
        if (owner == ownership::foreign)
            return problem(
                "Secret " + full_name + " is not ours: it has another type or owner.",
                "Delete or rename it. The controller then creates its own."
            );
        if (owner != ownership::absent)
            return good("Secret " + full_name + " exists.");
        problem(
            "Secret " + full_name + " does not exist.",
            advice_about_missing(entry, entry.cr.status.secrets_failed, full_name)
        );
    }

    void explain_reference(catalog_entry const& entry)
    {
        if (contains(facts_.accounts.at(account_).references, entry.secret.name))
            return good("Account " + place() + " references it in imagePullSecrets.");
        if (entry.cr.spec.manages_references())
            problem(
                "Account " + place() + " does not reference Secret " + entry.secret.name + ".",
                advice_about_missing(entry, entry.cr.status.accounts_failed, place())
            );
    }

    void explain_pod(pod_facts const& pod)
    {
        auto const name = "Pod " + facts_.name + "/" + pod.name;
        std::set<std::string> images;
        for (auto const& each : pod.containers)
        {
            images.insert(each.image);
            if (!each.reason.empty())
                fact(name + " is waiting: " + each.reason + ": " + each.message);
        }
        if (!pod.references.empty())
            explain_pod_references(pod, name);
        else if (!facts_.accounts.at(account_).references.empty())
            // Kubernetes copies the account's list into a pod only when the pod is created (Kubernetes,
            // Configure Service Accounts for Pods).
            problem(
                name + " has no imagePullSecrets: it was created before its account had any.",
                "Delete the pod: its replacement gets them."
            );
        for (auto const& image : images)
            explain_image(pod, image);
    }

    void explain_pod_references(pod_facts const& pod, std::string const& name)
    {
        if (pod.references == facts_.accounts.at(account_).references)
            return good(name + " has its account's imagePullSecrets.");
        bool const lacks_ours = std::ranges::any_of(
            served_by_, [&](auto const* entry) { return !contains(pod.references, entry->secret.name); }
        );
        fact(
            name + " has its own imagePullSecrets: " + joined(pod.references) + ".",
            lacks_ours ? "Kubernetes then ignores the account's list. Remove imagePullSecrets from the "
                         "manifest; or delete the pod, if the account's list changed after the pod was "
                         "created."
                       : ""
        );
    }

    void explain_image(pod_facts const& pod, std::string const& image)
    {
        auto const registry = registry_of(image);
        if (auto const name = secret_for(pod, registry); !name.empty())
            return good("Image " + image + ": Secret " + name + " has a login for " + registry + ".");
        if (has_unchecked_secret(pod))
            return fact(
                "Image " + image + ": a Secret that is not checked may have a login for " + registry + "."
            );
        auto const text = "Image " + image + ": no Secret of the pod has a login for " + registry;
        if (is_our_registry(registry))
            problem(text + ".");
        else
            fact(text + ", and no ImagePullSecret is for that registry. A public image needs none.");
    }

    /// The name of the first Secret that the pod references and that has a login for the registry; empty if
    /// there is none.
    std::string secret_for(pod_facts const& pod, std::string const& registry) const
    {
        for (auto const& name : pod.references)
        {
            auto const found = facts_.secrets.find(name);
            auto const is_for = [&](auto const& server) { return is_for_registry(server, registry); };
            if (found != facts_.secrets.end() && std::ranges::any_of(found->second.servers, is_for))
                return name;
        }
        return {};
    }

    bool has_unchecked_secret(pod_facts const& pod) const
    {
        return std::ranges::any_of(
            pod.references, [&](auto const& name) { return facts_.unchecked_secrets.contains(name); }
        );
    }

    bool is_our_registry(std::string const& registry) const
    {
        return std::ranges::any_of(
            catalog_, [&](auto const& each) { return is_for_registry(each.second.cr.spec.server, registry); }
        );
    }

    /// Whether an ImagePullSecret for this registry serves the account.
    bool should_have_login(std::string const& account, std::string const& registry) const
    {
        return std::ranges::any_of(
            catalog_,
            [&](auto const& each)
            {
                return is_for_registry(each.second.cr.spec.server, registry) &&
                       why_not_served(each.second, view_, account).empty();
            }
        );
    }

    /// The finding that a pod lacks a login for an image. It is a problem only if a container still has to
    /// pull the image.
    finding missing_login(pod_facts const& pod, std::string const& image) const
    {
        auto const waits = [&](auto const& each) { return each.image == image && each.is_waiting(); };
        bool const is_problem = std::ranges::any_of(pod.containers, waits);
        return {
            is_problem ? level::problem : level::info,
            "Pod " + facts_.name + "/" + pod.name + " has no login for " + registry_of(image) +
                ", which image " + image + " needs.",
            pod.references.empty()
                ? "If its account now has imagePullSecrets, delete the pod: its replacement gets them."
                : details_of(pod)};
    }

    std::string details_of(pod_facts const& pod) const
    {
        return "For details: tcr-assistant explain -n " + facts_.name + " -p " + pod.name;
    }

    /// Reports at most one image of a pod: an image that the pod cannot pull now, else one that the pod could
    /// not pull again.
    void check_pod(pod_facts const& pod)
    {
        if (pod.has_ended)
            return;
        std::vector<finding> facts;
        for (auto const& each : pod.containers)
        {
            auto const registry = registry_of(each.image);
            bool const has_login = !secret_for(pod, registry).empty() || has_unchecked_secret(pod);
            if (!has_login && should_have_login(pod.account, registry))
            {
                facts.push_back(missing_login(pod, each.image));
                if (facts.back().what == level::problem)
                    return findings_.push_back(std::move(facts.back()));
            }
            else if (is_pull_failure(each) && is_our_registry(registry))
                return problem(
                    "Pod " + facts_.name + "/" + pod.name + " cannot pull image " + each.image + ": " +
                        each.reason + ": " + each.message,
                    details_of(pod)
                );
        }
        if (!facts.empty())
            findings_.push_back(std::move(facts.front()));
    }

    controller::catalog const& catalog_;
    namespace_facts const& facts_;
    std::string account_;
    runtime::cluster_store::namespace_view view_;
    std::vector<catalog_entry const*> served_by_;
    std::vector<finding> findings_;
};

/// Adds a problem for the Secret and the references of the ImagePullSecret that the namespace lacks.
void check_namespace(
    catalog_entry const& entry,
    runtime::cluster_store const& store,
    runtime::namespace_id where,
    std::vector<finding>& findings
)
{
    auto const view = store.view(where);
    if (entry.scope->match(view) != coverage::covered)
        return;
    std::string const ns(view.name);
    auto const& name = entry.secret.name;
    auto const add = [&](std::string const& text, std::string advice)
    {
        auto const begin = "Namespace " + ns + ", ImagePullSecret " + entry.cr.name + ": ";
        findings.push_back({level::problem, begin + text, std::move(advice), ns, entry.cr.name});
    };
    auto const secret = store.find_secret(where, name);
    if (!secret || secret->state.is_foreign)
        return add(
            "Secret " + name + (secret ? " is not ours." : " does not exist, or is not ours."),
            advice_about_missing(entry, entry.cr.status.secrets_failed, ns + "/" + name)
        );
    std::vector<std::string> lacking;
    store.for_each_account(
        where,
        [&](auto const& account)
        {
            if (entry.refers_from(account.name) && !runtime::names_reference(account.references, name))
                lacking.emplace_back(account.name);
        }
    );
    if (lacking.empty())
        return;
    add("accounts without a reference to Secret " + name + ": " + joined(lacking, 5) + ".",
        advice_about_missing(entry, entry.cr.status.accounts_failed, ns + "/" + lacking.front()));
}

}  // namespace

std::vector<finding> explain(
    controller::catalog const& catalog,
    namespace_facts const& facts,
    std::string const& account,
    std::string const& pod
)
{
    return explanation(catalog, facts, account).findings(pod);
}

std::vector<finding> explain_cluster(controller::catalog const& catalog, runtime::cluster_store const& store)
{
    std::vector<finding> findings;
    if (catalog.size() == 0)
        findings.push_back({level::problem, "The cluster has no ImagePullSecret."});
    for (auto const& [name, entry] : catalog)
        if (auto const problem = problem_of(entry); !problem.empty())
            findings.push_back({level::problem, "ImagePullSecret " + name + ": " + problem, {}, {}, name});
        else
            store.for_each_namespace([&](auto ns) { check_namespace(entry, store, ns, findings); });
    std::ranges::stable_sort(findings, {}, &finding::ns);
    if (findings.empty())
        findings.push_back(
            {level::ok,
             "No problem with " + std::to_string(catalog.size()) + " ImagePullSecrets in " +
                 std::to_string(store.namespaces()) + " namespaces."}
        );
    return findings;
}

finding missing_crd()
{
    return {
        level::problem,
        "The API server does not know ImagePullSecrets: their CRD is not installed.",
        "Install the software, or only the CRD: kubectl apply -f deploy/base/crd.yaml"};
}

}  // namespace tcr::commands
