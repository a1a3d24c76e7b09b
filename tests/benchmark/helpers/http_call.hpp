// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/net/http_client.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/util/async.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace tcr::benchmark
{

/// An HTTP answer, or the error of a call without an answer.
struct http_answer
{
    unsigned status = 0;  ///< 0: no answer
    std::string body;     ///< the body; the error message if there is no answer

    bool ok() const { return status >= 200 && status < 300; }
    bool has(std::string_view words) const { return body.find(words) != std::string::npos; }
};

/// Collects a body.
class body_text final : public net::body_sink
{
public:
    boost::system::error_code on_body(std::string_view piece) override
    {
        text.append(piece);
        return {};
    }

    std::string text;
};

/// Sends a request and waits for the answer. `client` must outlive the call.
task<http_answer> ask(net::http_client& client, net::http_request request);

/// Creates a client that keeps all its connections open. Otherwise it would repeatedly open new connections
/// while answers stall. Throws if the identity cannot be used.
std::unique_ptr<net::http_client> make_keep_alive_client(
    asio::any_io_executor executor, net::endpoint server, net::tls_identity const& identity
);

}  // namespace tcr::benchmark
