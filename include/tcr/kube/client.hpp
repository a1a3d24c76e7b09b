// SPDX-License-Identifier: Apache-2.0
#pragma once

// HTTP client of one API server: adds credentials, limits the rate and turns `Status` objects into errors.

#include <tcr/kube/config.hpp>
#include <tcr/kube/identity.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/kube/reachability.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/kube/server_history.hpp>
#include <tcr/kube/status.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/net/http_client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/token_bucket.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tcr::kube
{

struct client_options
{
    double qps = 0;      ///< max requests per second, except `fetch_unthrottled`; 0: no limit
    double burst = 100;  ///< requests that may be sent at once before `qps` limits them
    std::string user_agent = "tcr-assistant/" TCR_VERSION;
    std::chrono::milliseconds max_gap{300'000};  ///< a longer time between two answers is an outage
    identity_options identity;
    net::read_coalescer::options coalescing;  ///< how answers are read when many arrive at once
};

/// Client of one API server. It holds our identity, limits the request rate, and returns `Status` errors as
/// `kube::errc`.
class client
{
public:
    /// Makes a client. `source` is the place that `config` was read from. When the files there change,
    /// `keep_identity_fresh` reads them again. Without `source`, the configuration never changes.
    /// \par Errors if the TLS material of `config` is unusable; the text has the reason.
    static result<std::unique_ptr<client>> make(
        asio::any_io_executor executor,
        cluster_config config,
        client_options options,
        std::optional<config_source> source = std::nullopt
    );

    /// Watches the files of the configuration, renews credentials that expire, and logs each renewal. The
    /// owner of the client must run this coroutine. It never ends. \par Cancellation terminal.
    /// \par Lifetimes the client and `log` must outlive the coroutine.
    task<void> keep_identity_fresh(logger& log) { return identity_->keep_fresh(log); }

    /// Sends a request and passes the body of a 2xx answer to `sink`. Any other answer is returned as an
    /// error with the text "<prefix>: …". If the exec plugin's credential is missing or expired, runs the
    /// plugin first.
    ///
    /// If the server answers 401 or the server's certificate fails verification, tries to renew the identity.
    /// If the identity has then changed since the request was sent, sends the request once more.
    /// \par Errors `kube::errc`, or an error of `net::http_client::send`, such as the error of `sink`.
    /// \par Cancellation terminal.
    task<result<void>> send(
        net::http_request request, net::body_sink& sink, net::time_limits limits, std::string_view prefix
    );

    /// Like `send`, but returns the body. \par Errors also `net::errc::body_too_large` for more than 4 MiB.
    task<result<std::string>> fetch(
        net::http_request request, std::string_view prefix, net::time_limits limits = {}
    );

    /// Like `fetch`, but ignores `qps`. For requests with a deadline, such as lease requests.
    task<result<std::string>> fetch_unthrottled(
        net::http_request request, std::string_view prefix, net::time_limits limits
    );

    /// Number of answers so far, by method and HTTP status. Status 0 counts requests without a complete
    /// answer, except requests that the gate in `time_limits` stopped (`net::errc::gate_closed`).
    std::map<std::pair<std::string, unsigned>, std::uint64_t> const& answers() const { return answers_; }

    /// Reads a complete list page by page, from etcd's current state. All arguments must outlive the call.
    /// If the list fails, `reader` may already have received objects.
    /// \par Errors as `send`; `errc::gone` if the server discarded the list's version between two pages.
    /// \par Cancellation terminal.
    task<result<void>> list(
        resource const& type, selection const& which, object_reader& reader, std::string_view prefix
    );

    /// The record of how long the server has answered without an outage. It ignores answers with 5xx or 429,
    /// because a proxy or load balancer in front of the server may have sent them.
    reachability const& server_reachability() const { return server_; }

    /// Call this for each watch event: an event counts as an answer of the server.
    void on_watch_event(std::chrono::steady_clock::time_point now) { server_.answered(now); }

    /// The history of the server's data, shared by all watches of this client.
    server_history& history() { return history_; }

    /// Replaces the rate limits. Their units are as in `client_options`.
    void set_rate_limit(double qps, double burst)
    {
        if (qps == options_.qps && burst == options_.burst)
            return;
        options_.qps = qps;
        options_.burst = burst;
        rate_limit_ = token_bucket(qps, burst);
    }

    /// Closes pooled connections unused for `age`.
    void close_idle(std::chrono::steady_clock::duration age) { http_.close_idle(age); }

    /// The current configuration.
    cluster_config const& config() const { return identity_->config(); }

private:
    client(asio::any_io_executor executor, std::unique_ptr<identity> own_identity, client_options options);
    void use_current_identity();
    task<bool> renew_identity(result<net::http_response> const& response, std::uint64_t used);

    task<result<void>> send_unthrottled(
        net::http_request request, net::body_sink& sink, net::time_limits limits, std::string_view prefix
    );

    client_options options_;
    std::unique_ptr<identity> identity_;
    token_bucket rate_limit_;
    std::shared_ptr<asio::ssl::context> tls_;  ///< the context that `http_` uses
    net::http_client http_;
    reachability server_;
    server_history history_;
    std::map<std::pair<std::string, unsigned>, std::uint64_t> answers_;
};

}  // namespace tcr::kube
