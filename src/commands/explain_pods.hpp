// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of `explain` about pods: their images, logins and Events.

#include "explain_reasons.hpp"
#include <tcr/commands/pod_logins.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tcr::commands
{

/// Adds findings about pods. All arguments must outlive the pod_explainer.
class pod_explainer
{
public:
    pod_explainer(controller::catalog const& catalog, namespace_facts const& facts, finding_list& findings)
        : catalog_(catalog), facts_(facts), findings_(findings)
    {
    }

    /// Explains the pod that the user asks about. `has_all_references` is false if the pod lacks the
    /// reference to the Secret of an ImagePullSecret that serves the pod's account.
    void explain_pod(pod_facts const& pod, bool has_all_references);

    /// Reports the pods that could not be read. Of the other pods that have not ended, reports those that
    /// cannot pull an image, reference a Secret that kubelet cannot parse, or lack a login that an
    /// ImagePullSecret should give them.
    void check_pods();

    /// The ImagePullSecrets that distribute a login for an image of the pods in `facts`.
    std::set<controller::catalog_entry const*> related_entries();

    /// If kubelet does not use a Secret that a pod or an account references, reports why. Reports each Secret
    /// at most once.
    void explain_secret(std::string const& name);

    /// After this call, `explain_secret` does not report the Secret.
    void mark_reported(std::string const& name) { explained_.insert(name); }

    /// Reports the Events of kubelet about pulls.
    void explain_events();

private:
    void explain_references(pod_facts const& pod, std::string const& name, bool has_all_references);
    void explain_image(pod_logins const& logins, std::string const& image);
    void check_pod(pod_facts const& pod);
    finding missing_login(pod_facts const& pod, std::string const& image) const;
    std::string details_of(pod_facts const& pod) const;
    std::vector<controller::catalog_entry const*> const& entries_for(std::string const& repository);
    bool should_have_login(std::string const& account, std::string const& repository);
    bool knows_image_pull_secrets() const { return !facts_.lacks(right::list_image_pull_secrets); }

    controller::catalog const& catalog_;
    namespace_facts const& facts_;
    finding_list& findings_;
    std::set<std::string> explained_;  ///< names of Secrets that are already reported
    std::map<std::string, std::vector<controller::catalog_entry const*>> entries_by_repository_;
};

}  // namespace tcr::commands
