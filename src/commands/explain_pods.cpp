// SPDX-License-Identifier: Apache-2.0
#include "explain_pods.hpp"

#include <tcr/kube/image_name.hpp>

#include <algorithm>
#include <utility>

namespace tcr::commands
{
namespace
{

using level = finding::level;

constexpr std::size_t max_listed_logins = 5;
constexpr std::size_t max_listed_events = 10;

bool is_pull_failure(image_facts const& image)
{
    return image.reason == "ErrImagePull" || image.reason == "ImagePullBackOff" ||
           image.reason == "InvalidImageName";
}

bool is_waiting(pod_facts const& pod)
{
    return std::ranges::any_of(pod.images, &image_facts::is_waiting);
}

/// A sentence about the logins in the order in which kubelet tries them.
std::string described(std::vector<image_login> const& logins)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(logins.size(), max_listed_logins); ++i)
    {
        auto const& [secret, key, is_empty] = logins[i];
        if (i == 0)
            text = is_empty ? "kubelet tries the empty login for " : "kubelet tries the login for ";
        else
            text += is_empty ? ", then the empty login for " : ", then the login for ";
        text += key + " of Secret " + secret;
    }
    if (logins.size() > max_listed_logins)
        text += ", and " + std::to_string(logins.size() - max_listed_logins) + " more";
    return text + ".";
}

}  // namespace

void pod_explainer::explain_pod(pod_facts const& pod, bool has_all_references)
{
    auto const name = "Pod " + facts_.name + "/" + pod.name;
    std::set<std::string> images;
    for (auto const& each : pod.images)
    {
        images.insert(each.image);
        if (!each.reason.empty())
            findings_.add(
                is_pull_failure(each) ? level::problem : level::info,
                name + " is waiting: " + each.reason + ": " + each.message
            );
    }
    explain_events();
    explain_references(pod, name, has_all_references);
    pod_logins const logins(pod, facts_);
    if (logins.unusable_secret().empty())
        for (auto const& image : images)
            explain_image(logins, image);
}

void pod_explainer::explain_references(pod_facts const& pod, std::string const& name, bool has_all_references)
{
    auto const account = facts_.accounts.find(pod.account);
    bool const knows_account = account != facts_.accounts.end();
    if (pod.references.empty() && knows_account && !account->second.references.empty())
        // Kubernetes copies the account's list into a pod only when the pod is created (Kubernetes,
        // Configure Service Accounts for Pods).
        findings_.problem(
            name + " has no imagePullSecrets: it was created before its account had any.",
            "Delete the pod: its replacement gets them."
        );
    else if (knows_account && !pod.references.empty() && pod.references == account->second.references)
        findings_.good(name + " has its account's imagePullSecrets.");
    else if (!pod.references.empty())
        findings_.fact(
            name + (knows_account ? " has its own imagePullSecrets: " : " has imagePullSecrets: ") +
                joined(pod.references) + ".",
            has_all_references
                ? ""
                : "Kubernetes then ignores the account's list. Remove imagePullSecrets from the "
                  "manifest; or delete the pod, if the account's list changed after the pod was "
                  "created."
        );
    std::set<std::string> const names(pod.references.begin(), pod.references.end());
    for (auto const& each : names)
        explain_secret(each);
}

void pod_explainer::explain_secret(std::string const& name)
{
    if (name.empty() || facts_.unchecked_secrets.contains(name) || !explained_.insert(name).second)
        return;
    auto const full_name = "Secret " + facts_.name + "/" + name;
    auto const found = facts_.secrets.find(name);
    if (found == facts_.secrets.end())
        findings_.fact(full_name + " does not exist. Kubelet ignores this reference.");
    else if (!found->second.problem.empty())
        findings_.problem(
            full_name + " is not usable: " + found->second.problem +
                ". Kubelet pulls no image of a pod that references it.",
            "Correct the Secret, or remove it from imagePullSecrets."
        );
    else if (!found->second.ignored_type.empty())
        findings_.fact(full_name + " has type " + found->second.ignored_type + ". Kubelet ignores it.");
}

void pod_explainer::explain_image(pod_logins const& logins, std::string const& image)
{
    auto const name = "Image " + image + ": ";
    auto const repository = kube::repository_of(image);
    auto const tried = repository.empty() ? std::vector<image_login>() : logins.lookup(repository);
    finding found;
    found.image = {image, repository, tried};
    auto const no_login = "no Secret of the pod has a login for " + repository;
    if (repository.empty())
    {
        found.what = level::problem;
        found.text = name + "kubelet refuses this name (InvalidImageName).";
        found.advice = "Correct the name in the manifest.";
    }
    else if (!tried.empty())
    {
        bool const are_empty = std::ranges::all_of(tried, &image_login::is_empty);
        found.what = are_empty ? level::problem : level::ok;
        found.text = name + described(tried);
        if (logins.has_unchecked_secret())
            found.text += " Secrets that are not checked may have more logins.";
        if (are_empty)
            found.advice =
                "An empty login has neither user name nor password. Kubelet ignores identitytoken, "
                "registrytoken and Docker's credential stores.";
    }
    else if (logins.has_unchecked_secret())
        found.text = name + "a Secret that is not checked may have a login for " + repository + ".";
    else if (!entries_for(repository).empty())
    {
        found.what = level::problem;
        found.text = name + no_login + ".";
    }
    else if (knows_image_pull_secrets())
        found.text = name + no_login + ", and no ImagePullSecret is for it. A public image needs none.";
    else
        found.text = name + no_login + ". A public image needs none.";
    findings_.all.push_back(std::move(found));
}

void pod_explainer::explain_events()
{
    std::size_t listed = 0;
    for (auto const& [key, event] : facts_.pull_events)
        if (++listed <= max_listed_events)
            findings_.fact(
                "Event of pod " + facts_.name + "/" + event.pod + " (" + event.time + ", " +
                (event.count == 1 ? "once" : std::to_string(event.count) + " times") + "): " + event.reason +
                ": " + event.message
            );
    if (listed > max_listed_events)
        findings_.fact("Number of other Events about pulls: " + std::to_string(listed - max_listed_events));
}

void pod_explainer::check_pods()
{
    for (auto const& [name, why] : facts_.unreadable_pods)
        findings_.fact("Pod " + facts_.name + "/" + name + " is not checked: " + why + ".");
    for (auto const& pod : facts_.pods)
        if (!pod.has_ended)
            check_pod(pod);
}

/// Adds at most one finding about a pod, the first of these:
/// - The pod references a Secret that kubelet cannot parse.
/// - Kubelet still has to pull an image, and the pull fails or the pod lacks a login for the image.
/// - Kubelet has pulled an image although the pod lacks a login for the image.
///
/// A login counts as lacking only if an ImagePullSecret that serves the pod's account distributes it. A
/// failed pull is not reported if the image's name is valid, the ImagePullSecrets are known, and none of them
/// has a login for the image.
void pod_explainer::check_pod(pod_facts const& pod)
{
    auto const name = "Pod " + facts_.name + "/" + pod.name;
    pod_logins const logins(pod, facts_);
    if (auto const& secret = logins.unusable_secret(); !secret.empty())
        return findings_.add(
            is_waiting(pod) ? level::problem : level::info,
            name + " references Secret " + secret +
                ", which kubelet cannot parse: kubelet pulls no image of it.",
            details_of(pod)
        );
    std::vector<finding> facts;
    for (auto const& each : pod.images)
    {
        auto const repository = kube::repository_of(each.image);
        bool const has_login = repository.empty() || !logins.lookup(repository).empty();
        if (!has_login && !logins.has_unchecked_secret() && should_have_login(pod.account, repository))
        {
            facts.push_back(missing_login(pod, each.image));
            if (facts.back().what == level::problem)
                return findings_.all.push_back(std::move(facts.back()));
        }
        else if (is_pull_failure(each) &&
                 (repository.empty() || !knows_image_pull_secrets() || !entries_for(repository).empty()))
            return findings_.problem(
                name + " cannot pull image " + each.image + ": " + each.reason + ": " + each.message,
                details_of(pod)
            );
    }
    if (!facts.empty())
        findings_.all.push_back(std::move(facts.front()));
}

/// The finding that a pod lacks a login for an image. It is a problem only if kubelet still has to pull the
/// image.
finding pod_explainer::missing_login(pod_facts const& pod, std::string const& image) const
{
    auto const waits = [&](auto const& each) { return each.image == image && each.is_waiting(); };
    bool const is_problem = std::ranges::any_of(pod.images, waits);
    return {
        is_problem ? level::problem : level::info,
        "Pod " + facts_.name + "/" + pod.name + " has no login for image " + image + ".",
        pod.references.empty()
            ? "If its account now has imagePullSecrets, delete the pod: its replacement gets them."
            : details_of(pod)};
}

std::string pod_explainer::details_of(pod_facts const& pod) const
{
    return "For details: tcr-assistant explain -n " + facts_.name + " -p " + pod.name;
}

std::set<controller::catalog_entry const*> pod_explainer::related_entries()
{
    std::set<controller::catalog_entry const*> related;
    auto const add_all = [&](pod_facts const& pod)
    {
        for (auto const& each : pod.images)
            if (auto const repository = kube::repository_of(each.image); !repository.empty())
                related.insert(entries_for(repository).begin(), entries_for(repository).end());
    };
    if (facts_.pod)
        add_all(*facts_.pod);
    std::ranges::for_each(facts_.pods, add_all);
    return related;
}

/// The ImagePullSecrets for a repository. Looks up each repository once, because many pods use the same
/// images.
std::vector<controller::catalog_entry const*> const& pod_explainer::entries_for(std::string const& repository)
{
    auto const [found, is_new] = entries_by_repository_.try_emplace(repository);
    if (is_new)
        for (auto const& [name, entry] : catalog_)
            if (is_for(entry, facts_, repository))
                found->second.push_back(&entry);
    return found->second;
}

/// Whether an ImagePullSecret for this repository serves the account.
bool pod_explainer::should_have_login(std::string const& account, std::string const& repository)
{
    return std::ranges::any_of(
        entries_for(repository),
        [&](auto const* entry) { return service_of(*entry, facts_, account).is_given(); }
    );
}

}  // namespace tcr::commands
