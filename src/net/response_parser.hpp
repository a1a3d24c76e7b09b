// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parses a response of the API server.

#include "message_parser.hpp"
#include <tcr/net/http_message.hpp>
#include <tcr/util/strings.hpp>

namespace tcr::net
{

/// Beast's HTTP/1.1 parser that passes the body of a 2xx response to the sink, and the body of any other
/// response to `http_response`. It keeps only one header field: Retry-After. It allocates no memory for a 2xx
/// response.
class response_message final : public message_parser<false>
{
public:
    /// \par Lifetimes `response` and `sink` must outlive the parser.
    response_message(http_response& response, body_sink& sink) : response_(response), sink_(sink)
    {
        eager(true);
        // The body of a watch has no limit. A caller that needs a limit enforces it in its sink.
        body_limit(boost::none);
    }

    unsigned status() const { return response_.status; }

private:
    void on_response_impl(int code, string_view, int, error_code&) override
    {
        response_ = http_response();  // discards an interim response
        response_.status = static_cast<unsigned>(code);
    }
    void on_field_impl(field name, string_view, string_view value, error_code&) override
    {
        if (name != field::retry_after)
            return;
        if (auto const seconds = parse_u64(trim(value)); seconds && *seconds < 86'400)
            response_.retry_after = std::chrono::seconds(*seconds);
    }
    void take(std::string_view piece, error_code& ec) override
    {
        auto& kept = response_.error_body;
        if (response_.ok())
            ec = sink_.on_body(piece);
        else
            kept.append(piece.substr(0, http_response::max_error_body - kept.size()));
    }

    http_response& response_;
    body_sink& sink_;
};

using response_parser = final_response_parser<response_message, http_response&, body_sink&>;

}  // namespace tcr::net
