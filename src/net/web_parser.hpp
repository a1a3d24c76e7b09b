// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parses a response to `web_client`.

#include "message_parser.hpp"
#include <tcr/net/web_client.hpp>
#include <tcr/util/strings.hpp>

namespace tcr::net
{

/// Beast's HTTP/1.1 parser that fills a `web_response` and enforces limits.
class web_message final : public message_parser<false>
{
public:
    /// Limits are in bytes. Exceeding a limit ends the parsing with `errc::body_too_large`. \par Lifetimes
    /// `response` must outlive the parser.
    web_message(web_response& response, std::size_t max_headers, std::size_t max_body)
        : response_(response), headers_left_(max_headers), max_body_(max_body)
    {
        eager(true);
        // Turns off Beast's own limit, which `exchange` would report as `errc::bad_response`.
        body_limit(boost::none);
    }

    unsigned status() const { return response_.status; }

private:
    void on_response_impl(int code, string_view, int, error_code&) override
    {
        response_ = web_response();  // discards an interim response
        response_.status = static_cast<unsigned>(code);
    }
    void on_field_impl(field, string_view name, string_view value, error_code& ec) override
    {
        auto const size = name.size() + value.size();
        if (size > headers_left_)
        {
            ec = errc::body_too_large;
            return;
        }
        headers_left_ -= size;
        response_.headers.emplace_back(ascii_lower(name), trim(value));
    }
    void on_header_impl(error_code& ec) override
    {
        // Refuses a body before its first byte arrives if Content-Length exceeds the limit.
        if (content_length().value_or(0) > max_body_)
            ec = errc::body_too_large;
    }
    void take(std::string_view piece, error_code& ec) override
    {
        if (piece.size() > max_body_ - response_.body.size())
            ec = errc::body_too_large;
        else
            response_.body.append(piece);
    }

    web_response& response_;
    std::size_t headers_left_;
    std::size_t max_body_;
};

using web_parser = final_response_parser<web_message, web_response&, std::size_t, std::size_t>;

}  // namespace tcr::net
