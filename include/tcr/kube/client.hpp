#pragma once

#include <tcr/kube/config.hpp>
#include <tcr/kube/status.hpp>
#include <tcr/kube/token_source.hpp>
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
};

/// An API server: our identity, our pace, and its errors as ours.
class client
{
public:
    /// \par Errors what the TLS material of `config` is refused for.
    static result<std::unique_ptr<client>> make(
        asio::any_io_executor executor, cluster_config config, client_options options
    );

    /// Sends a request; a 2xx body goes to `sink`, anything else becomes an error ("<doing>: …").
    ///
    /// A 401 reads the token file again and, where it holds another token, retries once.
    /// \par Errors `kube::errc`, `net::errc`, what the sink returned. \par Cancellation terminal.
    task<result<void>> send(
        net::http_request request, net::body_sink& sink, net::time_limits limits, std::string_view doing
    );

    /// The same, collecting the body (at most 4 MiB).
    task<result<std::string>> fetch(
        net::http_request request, std::string_view doing, net::time_limits limits
    );
    task<result<std::string>> fetch(net::http_request request, std::string_view doing);

    /// Answers so far by method and HTTP status; status 0 counts the exchanges without one.
    std::map<std::pair<std::string, unsigned>, std::uint64_t> const& answers() const { return answers_; }

    /// Closes pooled connections unused for `age`.
    void close_idle(std::chrono::steady_clock::duration age) { http_.close_idle(age); }

    cluster_config const& config() const { return config_; }

private:
    client(
        asio::any_io_executor executor,
        std::shared_ptr<asio::ssl::context> tls,
        cluster_config config,
        client_options options
    );

    cluster_config config_;
    client_options options_;
    token_source token_;
    token_bucket pace_;
    net::http_client http_;
    std::map<std::pair<std::string, unsigned>, std::uint64_t> answers_;
};

}  // namespace tcr::kube
