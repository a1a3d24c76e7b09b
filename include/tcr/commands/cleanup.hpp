// SPDX-License-Identifier: Apache-2.0
#pragma once

// Removes the objects that the controller made in a cluster, and the references to them.

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/recent_writes.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/event_recorder.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/runtime/leader_election.hpp>
#include <tcr/runtime/leadership.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>
#include <tcr/util/notifier.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tcr::commands
{

struct cleanup_options
{
    std::string own_namespace;

    /// The controller's Deployment in `own_namespace`. The cleanup scales it to 0 replicas, because a
    /// running controller would recreate the removed objects.
    std::string deployment;

    runtime::lease_place lease;
    runtime::leader_election_options election;

    bool deletes_image_pull_secrets = false;
    std::chrono::milliseconds limit{240'000};  ///< time limit of the whole cleanup
    std::size_t max_in_flight = 16;            ///< namespaces cleaned at the same time
};

/// Removes what the controller made: the references, the pull Secrets, the Secrets with its tokens and with
/// the webhooks' certificate, and the ImagePullSecrets of configured instances. Also removes the users'
/// ImagePullSecrets if `deletes_image_pull_secrets` is set. Does not remove other objects.
///
/// Runs the controller's reconciler with an empty catalog. No ImagePullSecret then asks for a pull Secret or
/// a reference, so the reconciler removes them by its usual rules: a reference before its Secret, and no
/// reference to a Secret of another owner. Holds the controller's lease, so that no controller writes during
/// the cleanup. If the controller's namespace does not exist, no controller can hold a lease in that
/// namespace, so the cleanup works without the lease.
///
/// The cleanup can be stopped at any moment and run again.
class cleanup
{
public:
    /// `client` and `log` must outlive the cleanup.
    cleanup(asio::any_io_executor executor, kube::client& client, cleanup_options options, logger& log);

    /// Removes the objects; ends when none of them is left.
    /// \par Errors
    /// - At once those of the API, if the cleanup cannot begin, a permission is missing, or the account is
    ///   not authenticated.
    /// - At once `kube::errc::bad_config`, if the controller's namespace does not exist and the controller's
    ///   lease is in another namespace.
    /// - After `limit` the failure of the last pass, or `net::errc::timed_out` if no pass has failed. Until
    ///   then, all failures except those above are retried.
    /// \par Cancellation terminal. While the cleanup waits for the lease or removes objects, returns the
    /// error `operation_aborted`; before that, throws.
    task<result<void>> run();

    /// The pull Secrets that the account of this process may access. The cleanup keeps all other pull Secrets
    /// and the references to them.
    controller::secret_access const& access() const { return empty_catalog_.access(); }

    /// Number of pull Secrets without an owner (`runtime::secret_state::is_unowned`). The cleanup keeps them.
    std::size_t kept() const { return kept_; }

private:
    struct pass;

    task<result<bool>> has_own_namespace(std::chrono::steady_clock::time_point deadline);
    task<result<void>> check_other_leases();
    task<result<void>> stop_controller();
    task<void> remove_all();
    task<result<void>> remove_all_once();
    task<result<void>> clean_namespaces();
    bool needs_cleaning(runtime::namespace_id ns, runtime::cluster_store const& store) const;
    task<void> clean_next(pass& current);
    task<result<void>> delete_all(
        kube::resource const& type, kube::selection const& which, std::string_view kind
    );

    asio::any_io_executor executor_;
    kube::client& client_;
    cleanup_options options_;
    logger& log_;

    runtime::leadership leadership_;
    runtime::leader_election election_;
    runtime::fenced_client writes_;
    runtime::event_recorder events_;     ///< records no Event: the catalog is empty
    controller::catalog empty_catalog_;  ///< without ImagePullSecrets; `read_cluster` sets its access
    controller::recent_writes recent_writes_;

    notifier ended_;  ///< notified when `is_done_` or a final `failure_` is set
    bool is_done_ = false;
    std::size_t kept_ = 0;  ///< as of the last pass
    error failure_;         ///< the last failure; before the first one, a timeout
    std::string reported_failure_;
};

}  // namespace tcr::commands
