// SPDX-License-Identifier: Apache-2.0
#include "explain_pods.hpp"
#include "explain_reasons.hpp"
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

class explanation
{
public:
    explanation(
        controller::catalog const& catalog,
        namespace_facts const& facts,
        explained_objects const& what,
        std::size_t max_listed
    )
        : catalog_(catalog),
          facts_(facts),
          what_(what),
          account_(facts.pod ? facts.pod->account : what.account),
          max_listed_(max_listed),
          pods_(catalog, facts, findings_)
    {
    }

    std::vector<finding> findings()
    {
        bool const lacks_pods = facts_.lacks(right::list_pods) || facts_.lacks(right::get_pod);
        if (!facts_.exists)
            findings_.problem("Namespace " + facts_.name + " does not exist.");
        else if (!what_.pod.empty() && !facts_.pod && !lacks_pods)
            findings_.problem("Pod " + facts_.name + "/" + what_.pod + " does not exist.");
        else if (facts_.is_terminating)
            findings_.problem(
                "Namespace " + facts_.name + " is being deleted: the controller creates nothing there."
            );
        else
        {
            if (facts_.lacks(right::list_accounts) && lacks_pods)
                findings_.problem(
                    "You may read neither the accounts nor the pods of namespace " + facts_.name +
                    ", so nothing is explained."
                );
            explain_account();
            explain_pods();
            explain_missing_rights();
        }
        return std::move(findings_.all);
    }

private:
    std::string place() const { return facts_.name + "/" + account_; }

    /// The account's references; null if the account does not exist or the user may not list accounts.
    std::vector<std::string> const* references() const
    {
        auto const found = facts_.accounts.find(account_);
        return found == facts_.accounts.end() ? nullptr : &found->second.references;
    }

    void explain_account()
    {
        if (references() == nullptr && !facts_.lacks(right::list_accounts))
            findings_.problem("Service account " + place() + " does not exist.");
        else if (facts_.lacks(right::list_image_pull_secrets))
            explain_references();
        else if (catalog_.size() == 0)
            findings_.problem("The cluster has no ImagePullSecret.");
        else
            explain_image_pull_secrets();
    }

    /// Reports on each ImagePullSecret whether it serves the account. `max_listed_` limits two groups, see
    /// `explain`: those that serve the account without a problem, and those whose spec does not select the
    /// account.
    void explain_image_pull_secrets()
    {
        std::vector<catalog_entry const*> sorted;
        for (auto const& [name, entry] : catalog_)
            sorted.push_back(&entry);
        auto const related = pods_.related_entries();
        std::ranges::stable_partition(sorted, [&](auto const* entry) { return related.contains(entry); });
        explain_serving(sorted);
        bool const may_be_served = explain_not_serving(sorted);
        if (serving_.empty() && !may_be_served)
            findings_.problem("No ImagePullSecret serves account " + place() + ".");
    }

    void explain_serving(std::vector<catalog_entry const*> const& all)
    {
        for (auto const* entry : all)
            if (service_of(*entry, facts_, account_).is_given())
                serving_.push_back(entry);
        auto const is_fine = [&](auto const* entry) { return is_in_order(*entry); };
        auto const shown = number_shown(std::ranges::count_if(serving_, is_fine));
        std::size_t in_order = 0;
        for (auto const* entry : serving_)
            if (!is_in_order(*entry) || ++in_order <= shown)
                explain_entry(*entry);
        if (in_order > shown)
            findings_.good(
                std::to_string(in_order - shown) + " other ImagePullSecrets serve account " + place() +
                "; their Secrets and references exist."
            );
    }

    /// \return true if an ImagePullSecret may serve the account, depending on labels of the namespace that
    /// are unknown
    bool explain_not_serving(std::vector<catalog_entry const*> const& all)
    {
        bool may_be_served = false;
        std::vector<std::string> unrelated;
        for (auto const* entry : all)
        {
            auto const service = service_of(*entry, facts_, account_);
            if (service.is_given())
                continue;
            auto const name = name_of(*entry);
            if (service.coverage == coverage::labels_unknown)
            {
                may_be_served = true;
                findings_.fact(name + " may serve account " + place() + ": " + service.why_not + ".");
                continue;
            }
            auto text = name + " does not serve account " + place() + ": " + service.why_not + ".";
            if (service.coverage == coverage::unusable)
                findings_.fact(std::move(text));
            else
                unrelated.push_back(std::move(text));
        }
        auto const shown = number_shown(unrelated.size());
        for (std::size_t i = 0; i < shown; ++i)
            findings_.fact(unrelated[i]);
        if (unrelated.size() > shown)
            findings_.fact(
                std::to_string(unrelated.size() - shown) + " other ImagePullSecrets do not serve account " +
                place() + ". To list them, add -o yaml."
            );
        return may_be_served;
    }

    /// How many of `count` ImagePullSecrets are listed. If only one would not be listed, lists all.
    std::size_t number_shown(std::size_t count) const
    {
        return count > max_listed_ && count - max_listed_ > 1 ? max_listed_ : count;
    }

    static std::string name_of(catalog_entry const& entry)
    {
        auto const& from = entry.cr.spec.config_from;
        return "ImagePullSecret " + entry.cr.name + " (" +
               (from ? "registries of Secret " + from->name : entry.cr.spec.server) + ")";
    }

    /// Whether the Secret exists and is usable, and the account references it.
    bool is_in_order(catalog_entry const& entry) const
    {
        auto const secret = facts_.secrets.find(entry.secret.name);
        return references() && contains(*references(), entry.secret.name) && secret != facts_.secrets.end() &&
               secret->second.owner != ownership::foreign && secret->second.problem.empty();
    }

    void explain_entry(catalog_entry const& entry)
    {
        findings_.good(name_of(entry) + " serves account " + place() + ".");
        explain_secret(entry);
        if (references() == nullptr)
            return;
        auto const& name = entry.secret.name;
        if (contains(*references(), name))
            return findings_.good("Account " + place() + " references it in imagePullSecrets.");
        if (entry.cr.spec.manages_references())
            findings_.problem(
                "Account " + place() + " does not reference Secret " + name + ".",
                advice_about_missing(entry, entry.cr.status.accounts_failed, place())
            );
    }

    void explain_secret(catalog_entry const& entry)
    {
        auto const& name = entry.secret.name;
        auto const full_name = facts_.name + "/" + name;
        if (facts_.unchecked_secrets.contains(name))
            return findings_.fact("Its Secret is " + full_name + ".");
        auto const found = facts_.secrets.find(name);
        auto const owner = found == facts_.secrets.end() ? ownership::absent : found->second.owner;
        if (owner == ownership::foreign)
            return findings_.problem(
                "Secret " + full_name + " is not ours: it has another type or owner.",
                "Delete or rename it. The controller then creates its own."
            );
        if (owner != ownership::absent && !found->second.problem.empty())
            return pods_.explain_secret(name);
        pods_.mark_reported(name);
        if (owner != ownership::absent)
            return findings_.good("Secret " + full_name + " exists.");
        findings_.problem(
            "Secret " + full_name + " does not exist.",
            advice_about_missing(entry, entry.cr.status.secrets_failed, full_name)
        );
    }

    /// Explains the account's references without the ImagePullSecrets, which are unknown.
    void explain_references()
    {
        if (references() == nullptr)
            return;
        std::vector<std::string> missing;
        for (auto const& name : facts_.pull_secrets)
            if (!contains(*references(), name))
                missing.push_back(name);
        if (references()->empty())
            findings_.fact("Account " + place() + " has no imagePullSecrets.");
        else
            findings_.fact("Account " + place() + " has imagePullSecrets: " + joined(*references(), 5) + ".");
        for (auto const& name : *references())
            pods_.explain_secret(name);
        if (!missing.empty())
            findings_.fact(
                "Account " + place() +
                    " does not reference these pull Secrets of its namespace: " + joined(missing, 5) + ".",
                "Either their ImagePullSecrets do not serve the account, or the controller has not added the "
                "references."
            );
    }

    void explain_pods()
    {
        if (facts_.pod)
        {
            auto const is_referenced = [&](auto const* entry)
            { return contains(facts_.pod->references, entry->secret.name); };
            pods_.explain_pod(*facts_.pod, std::ranges::all_of(serving_, is_referenced));
        }
        else
            pods_.explain_events();
        for (auto const& [name, why] : facts_.unchecked_secrets)
            if (!why.empty())
                findings_.fact("Secret " + facts_.name + "/" + name + " is not checked: " + why + ".");
        pods_.check_pods();
    }

    void explain_missing_rights()
    {
        auto const inside = " -n " + facts_.name;
        std::vector<std::string> unchecked;
        for (auto const& [name, why] : facts_.unchecked_secrets)
            if (why.empty())
                unchecked.push_back(name);
        auto const add = [&](std::string const& what, std::string const& needed, std::string advice = {})
        {
            findings_.fact("Not checked: " + what + ". Missing right: " + needed, std::move(advice));
            findings_.all.back().missing_right = needed;
        };
        for (auto const each : facts_.missing_rights)
            switch (each)
            {
                case right::list_image_pull_secrets:
                    add("which ImagePullSecrets serve account " + place(),
                        "list imagepullsecrets.tcr.tencentcloudcr.com",
                        "Ask an administrator to run: tcr-assistant explain" + inside +
                            (what_.pod.empty() ? " -s " + what_.account : " -p " + what_.pod));
                    break;
                case right::get_namespace:
                    add("the labels of the namespace, and whether it exists", "get namespaces" + inside);
                    break;
                case right::list_accounts:
                    add("the references of account " + place(), "list serviceaccounts" + inside);
                    break;
                case right::get_pod:
                    add("the pod", "get pods" + inside);
                    break;
                case right::list_pods:
                    add("the pods of the namespace", "list pods" + inside);
                    break;
                case right::list_secrets:
                    add("which pull Secrets the namespace has", "list secrets" + inside);
                    break;
                case right::get_secrets:
                    add("the logins of Secrets " + joined(unchecked, 5), "get secrets" + inside);
                    break;
                case right::list_events:
                    add("the Events about pulls", "list events" + inside);
                    break;
            }
    }

    controller::catalog const& catalog_;
    namespace_facts const& facts_;
    explained_objects const& what_;
    std::string account_;
    std::size_t max_listed_;
    finding_list findings_;
    pod_explainer pods_;
    std::vector<catalog_entry const*> serving_;
};

/// Adds a problem if the namespace lacks the Secret of the ImagePullSecret or accounts lack the reference.
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
    explained_objects const& what,
    std::size_t max_listed
)
{
    return explanation(catalog, facts, what, max_listed).findings();
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
