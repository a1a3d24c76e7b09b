#pragma once

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

    /// The controller's Deployment there, which would make anew what is taken away: it gets no replicas.
    std::string deployment;

    runtime::lease_place lease;
    runtime::leader_election_options election;

    bool deletes_image_pull_secrets = false;
    std::chrono::milliseconds limit{240'000};  ///< for all of it
    std::size_t max_in_flight = 16;            ///< namespaces at work at a time
};

/// Takes away all that the controller made: its references, its Secrets, its own Secrets with tokens and the
/// webhooks' certificate, and the ImagePullSecrets of configured instances. Those that people made stay,
/// unless they are asked for, too. What is not ours stays.
///
/// It is the controller's own work with nothing wanted, and so does it by the controller's rules: a reference
/// goes before its Secret, entries of others stay. It holds the controller's lease meanwhile: no controller
/// writes then. Level-based: it may be stopped at any moment and run again.
class cleanup
{
public:
    /// `client` and `log` must outlive it.
    cleanup(asio::any_io_executor executor, kube::client& client, cleanup_options options, logger& log);

    /// Ends when nothing of ours is left. \par Errors those of the API; `net::errc::timed_out` after the
    /// limit.
    /// \par Cancellation terminal.
    task<result<void>> run();

private:
    struct look;

    task<result<void>> stop_controller();
    task<void> take_away();
    task<result<void>> take_away_once();
    task<result<void>> clean_namespaces();
    bool has_something_left(runtime::namespace_id where, runtime::cluster_store const& store) const;
    task<void> clean_some(look& at);
    task<result<void>> delete_all(
        kube::resource const& type, kube::selection const& which, std::string_view what
    );

    asio::any_io_executor executor_;
    kube::client& client_;
    cleanup_options options_;
    logger& log_;

    runtime::leadership held_;
    runtime::leader_election election_;
    runtime::fenced_client writes_;
    runtime::event_recorder events_;  ///< told of nothing: nobody wants anything
    controller::catalog const nothing_wanted_;
    controller::recent_writes outcomes_;

    notifier news_;
    bool is_done_ = false;
    error failure_;  ///< what was in the way last
    std::string last_report_;
};

}  // namespace tcr::commands
