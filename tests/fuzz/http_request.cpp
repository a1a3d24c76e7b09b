// SPDX-License-Identifier: Apache-2.0

// The HTTP server's side of a connection. The server must send the same responses whether the requests arrive
// whole or in pieces.
#include "fuzz_target.hpp"
#include "http_session.hpp"
#include "net/scripted_stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>

namespace
{

using namespace tcr;

/// The bytes that the server sends to the client.
std::string serve(std::vector<std::string> pieces)
{
    asio::io_context loop(1);
    net::session_limits limits;
    limits.body = 2048;
    limits.keep_headers = true;
    net::session_list all(loop.get_executor(), 4096);
    net::request_handler const echo = [](net::server_request const& request)
    {
        net::server_response response;
        response.body =
            request.method + " " + request.path + "?" + request.query + " " + request.content_type + "\n";
        for (auto const& [name, value] : request.headers)
            response.body += name + ": " + value + "\n";
        response.body += request.body;
        return response;
    };
    test::scripted_stream stream(loop.get_executor(), std::move(pieces), asio::error::eof);
    bool has_ended = false;
    {
        net::http_session<test::scripted_stream&> session(stream, echo, limits, all);
        asio::co_spawn(
            loop,
            session.run(),
            [&](std::exception_ptr thrown)
            {
                has_ended = true;
                if (thrown)
                    std::rethrow_exception(thrown);
            }
        );
        loop.run();
    }
    fuzz::require(has_ended, "a session ends with its connection");
    return stream.written();
}

/// Removes all "100 Continue" responses. The server sends them only if the body has not arrived yet, which
/// depends on the pieces.
std::string without_continue(std::string text)
{
    constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    for (auto at = text.find(line); at != std::string::npos; at = text.find(line))
        text.erase(at, line.size());
    return text;
}

/// Whether the outputs differ only in the last response, and that response is a refusal in both. If a request
/// has two errors, such as an invalid header that is also too long, the server may report either error.
bool differ_in_refusal(std::string_view left, std::string_view right)
{
    auto const differ = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    auto const at = left.rfind("HTTP/1.1 4", static_cast<std::size_t>(differ.first - left.begin()));
    if (at == std::string_view::npos)
        return false;
    auto const is_last_refusal = [at](std::string_view text)
    {
        auto const last = text.substr(at);
        return last.starts_with("HTTP/1.1 4") && last.find("HTTP/1.1 ", 1) == std::string_view::npos &&
               last.find("\r\nConnection: close\r\n") != std::string_view::npos;
    };
    return is_last_refusal(left) && is_last_refusal(right);
}

}  // namespace

TCR_FUZZ_TARGET(http_request)
{
    // Skip large inputs: after a refusal the server only discards the remaining bytes.
    if (bytes.empty() || bytes.size() > 64 * 1024)
        return;
    auto const whole = without_continue(serve({std::string(bytes)}));
    auto const pieces = without_continue(serve(fuzz::pieces_of(bytes)));
    // If a header arrives in pieces, Beast reports an error in this header only at its end. The end may never
    // arrive; then only one of the outputs contains the refusal.
    auto const& shorter = whole.size() < pieces.size() ? whole : pieces;
    std::string_view const longer = whole.size() < pieces.size() ? pieces : whole;
    bool const is_beginning = longer.starts_with(shorter);
    bool const adds_refusal = is_beginning && longer.substr(shorter.size()).starts_with("HTTP/1.1 4");
    if (!adds_refusal && !differ_in_refusal(pieces, whole))
        fuzz::require_equal(pieces, whole, "a request in pieces is answered like the whole");
}
