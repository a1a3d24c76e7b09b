#pragma once

#include <tcr/log/line_limiter.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/net/http_message.hpp>
#include <tcr/runtime/event_correlator.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>
#include <tcr/util/notifier.hpp>

#include <functional>
#include <random>
#include <string>
#include <string_view>

namespace tcr::runtime
{

/// Tells in Kubernetes Events what happens to cluster-scoped objects, beside the work and never in its way:
/// what cannot be written is told in the log, once, and to nobody else.
class event_recorder
{
public:
    /// Sends a request that writes; `doing` outlives the call. As `fenced_client::fetch`.
    using sender =
        std::function<task<result<std::string>>(net::http_request request, std::string_view doing)>;

    /// `log` must outlive the recorder.
    event_recorder(
        asio::any_io_executor executor, sender send, event_correlator::options options, logger& log
    );

    /// Something happened to `about`: `reason` is one CamelCase word of a few (at most 128 bytes), `message`
    /// a sentence without a credential in it. Takes its time from the system; never waits and never fails.
    void record(
        object_reference const& about, event_type type, std::string_view reason, std::string_view message
    );

    /// Writes until cancelled. What was recorded before it runs is written then.
    /// \par Cancellation terminal, by exception; the request under way may have been done or not.
    task<void> run();

private:
    task<void> write(event_write const& what);
    void report(error const& failure);

    sender send_;
    logger& log_;
    event_correlator events_;
    notifier news_;
    line_limiter lines_;
    boost::system::error_code last_failure_;  ///< since the last success
    std::minstd_rand random_{std::random_device{}()};
};

/// The request for an Event, core/v1, in namespace `default`: where the server takes those about
/// cluster-scoped objects (pkg/apis/core/validation/events.go). A POST of the object, or a merge patch of its
/// figures.
net::http_request event_request(event_write const& what);

}  // namespace tcr::runtime
