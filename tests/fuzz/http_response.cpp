// SPDX-License-Identifier: Apache-2.0

// The client's side of an HTTP connection, for both HTTP clients: the client for the API server, and the
// client for all other servers. A response that arrives in pieces must give the same result as the whole
// response.
#include "exchange.hpp"
#include "fuzz_target.hpp"
#include "net/scripted_stream.hpp"
#include "response_parser.hpp"
#include "web_parser.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

namespace
{

using namespace tcr;

/// Collects a body.
struct collecting_sink final : net::body_sink
{
    boost::system::error_code on_body(std::string_view piece) override
    {
        text.append(piece);
        return {};
    }

    std::string text;
};

/// `parser` is a `net::final_response_parser`.
template <class Parser>
net::exchange_end exchange(std::vector<std::string> pieces, Parser& parser)
{
    asio::io_context loop(1);
    test::scripted_stream stream(loop.get_executor(), std::move(pieces), asio::error::eof);
    net::read_buffer buffer;
    std::string const wire = "GET / HTTP/1.1\r\n\r\n";
    auto before_wait = [] {};
    net::exchange_end end;
    bool has_ended = false;
    asio::co_spawn(
        loop,
        net::exchange(stream, buffer, wire, parser, before_wait),
        [&](std::exception_ptr thrown, net::exchange_end reached)
        {
            has_ended = true;
            if (thrown)
                std::rethrow_exception(thrown);
            end = reached;
        }
    );
    loop.run();
    fuzz::require(has_ended, "an exchange ends with its connection");
    return end;
}

struct outcome
{
    net::exchange_end end;
    std::string text;
};

outcome read_by_api_client(std::vector<std::string> pieces)
{
    net::http_response response;
    collecting_sink sink;
    net::response_parser parser(response, sink);
    outcome of;
    of.end = exchange(std::move(pieces), parser);
    of.text = std::to_string(response.status) + " ";
    of.text += std::to_string(response.retry_after.value_or(std::chrono::seconds(-1)).count());
    of.text += "\n" + sink.text + "\n" + response.error_body;
    fuzz::require(
        response.error_body.size() <= net::http_response::max_error_body, "the body of an error is bounded"
    );
    fuzz::require(
        !of.end.reusable || response.status >= 200, "a connection is reused only after a final response"
    );
    return of;
}

outcome read_by_web_client(std::vector<std::string> pieces)
{
    net::web_response response;
    net::web_parser parser(response, 1024, 2048);
    outcome of;
    of.end = exchange(std::move(pieces), parser);
    of.text = std::to_string(response.status);
    for (auto const& [name, value] : response.headers)
        of.text += "\n" + name + ": " + value;
    fuzz::require(response.body.size() <= 2048, "the body is bounded");
    of.text += "\n" + response.body;
    return of;
}

void compare(outcome const& pieces, outcome const& whole)
{
    // If the response has an error, the error code and the bytes read before the error may depend on the
    // pieces.
    fuzz::require(!pieces.end.ec == !whole.end.ec, "a response in pieces is accepted like the whole");
    if (!whole.end.ec)
        fuzz::require_equal(pieces.text, whole.text, "a response in pieces is read like the whole");
    // Bytes after the response make a connection not reusable only if they are already in the buffer. In
    // pieces they may still be unread.
    fuzz::require(
        pieces.end.reusable || !whole.end.reusable,
        "a connection is as reusable after pieces as after the whole"
    );
}

}  // namespace

TCR_FUZZ_TARGET(http_response)
{
    if (bytes.empty() || bytes.size() > 64 * 1024)
        return;
    std::string const all(bytes);
    compare(read_by_api_client(fuzz::pieces_of(bytes)), read_by_api_client({all}));
    compare(read_by_web_client(fuzz::pieces_of(bytes)), read_by_web_client({all}));
}
