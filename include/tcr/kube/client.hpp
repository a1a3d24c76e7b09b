#pragma once

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
#include <string>
#include <utility>

namespace tcr::kube
{

struct client_options
{
    double qps = 0;      ///< requests a second over all; 0: no limit
    double burst = 100;  ///< requests at once before `qps` binds
    std::string user_agent = "tcr-assistant/" TCR_VERSION;
    std::chrono::milliseconds longest_gap{300'000};  ///< between two answers; a longer one is an outage
    identity_options identity;
    net::read_coalescer::options batch;  ///< how answers are read while there are many
};

/// An API server: our identity, our pace, and its errors as ours.
class client
{
public:
    /// With a configuration that stays as it is. \par Errors what the TLS material of `config` is refused
    /// for.
    static result<std::unique_ptr<client>> make(
        asio::any_io_executor executor, cluster_config config, client_options options
    );

    /// With one that was read from `source` and is read from there again when it changes: see
    /// `keep_identity_fresh`.
    static result<std::unique_ptr<client>> make(
        asio::any_io_executor executor, cluster_config config, config_source source, client_options options
    );

    /// Watches the files of the configuration and renews what expires, and logs it; whoever runs the client
    /// runs this too. Never ends. \par Cancellation terminal. \par Lifetimes client and logger must outlive
    /// it.
    task<void> keep_identity_fresh(logger& log) { return identity_->keep_fresh(log); }

    /// Sends a request; a 2xx body goes to `sink`, anything else becomes an error ("<doing>: …").
    ///
    /// Where the server says 401, or cannot be trusted, the identity is renewed at once, and if it is another
    /// one then the request is sent once more. \par Errors `kube::errc`, `net::errc`, what the sink returned.
    /// \par Cancellation terminal.
    task<result<void>> send(
        net::http_request request, net::body_sink& sink, net::time_limits limits, std::string_view doing
    );

    /// The same, collecting the body (at most 4 MiB).
    task<result<std::string>> fetch(
        net::http_request request, std::string_view doing, net::time_limits limits
    );
    task<result<std::string>> fetch(net::http_request request, std::string_view doing);

    /// The same without waiting for its turn under `qps`: for what must be in time, such as a lease.
    task<result<std::string>> fetch_at_once(
        net::http_request request, std::string_view doing, net::time_limits limits
    );

    /// Answers so far by method and HTTP status; status 0 counts the exchanges without one.
    std::map<std::pair<std::string, unsigned>, std::uint64_t> const& answers() const { return answers_; }

    /// Reads a list to its end, page by page, as the server's store has it now. All arguments must outlive
    /// the call.
    /// \par Errors as `send`; `errc::gone` where the server forgot the list's version between two pages; what
    /// was read until then is with the reader. \par Cancellation terminal.
    task<result<void>> list(
        resource const& type, selection const& which, object_reader& reader, std::string_view doing
    );

    /// Since when the server answers. An answer of 5xx or 429 says only that something in front of it is
    /// there.
    reachability const& server() const { return server_; }

    /// A watch got an event: an answer as good as any.
    void note_event(std::chrono::steady_clock::time_point now) { server_.answered(now); }

    /// Shared by all watches of this client.
    server_history& history() { return history_; }

    /// Other limits from now on, as `client_options` has them.
    void set_pace(double qps, double burst)
    {
        if (qps == options_.qps && burst == options_.burst)
            return;
        options_.qps = qps;
        options_.burst = burst;
        pace_ = token_bucket(qps, burst);
    }

    /// Closes pooled connections unused for `age`.
    void close_idle(std::chrono::steady_clock::duration age) { http_.close_idle(age); }

    /// As it is now.
    cluster_config const& config() const { return identity_->config(); }

private:
    client(asio::any_io_executor executor, std::unique_ptr<identity> who, client_options options);

    static result<std::unique_ptr<client>> make_from(
        asio::any_io_executor executor, cluster_config config, identity::loader load, client_options options
    );
    void use_current_tls();
    task<bool> renew_identity(result<net::http_response> const& response, std::uint64_t used);

    task<result<void>> send_at_once(
        net::http_request request, net::body_sink& sink, net::time_limits limits, std::string_view doing
    );

    client_options options_;
    std::unique_ptr<identity> identity_;
    token_bucket pace_;
    std::shared_ptr<asio::ssl::context> tls_;  ///< that `http_` uses
    net::http_client http_;
    reachability server_;
    server_history history_;
    std::map<std::pair<std::string, unsigned>, std::uint64_t> answers_;
};

}  // namespace tcr::kube
