#pragma once

// Parses a response of the API server.

#include <tcr/net/http_message.hpp>
#include <tcr/net/message_parser.hpp>

namespace tcr::net
{

/// Beast's HTTP/1.1 parser that passes a 2xx body to the sink and all else to `http_response`. Of the header
/// it keeps only Retry-After. It allocates nothing for a 2xx response.
class response_message final : public message_parser<false>
{
public:
    /// \par Lifetimes both must outlive the parser.
    response_message(http_response& response, body_sink& sink);

    unsigned status() const { return response_.status; }

private:
    using error_code = boost::system::error_code;
    using field = boost::beast::http::field;
    using string_view = boost::beast::string_view;
    using verb = boost::beast::http::verb;

    std::size_t take(string_view body, error_code& ec);

    void on_request_impl(verb, string_view, string_view, int, error_code&) override {}
    void on_response_impl(int code, string_view, int, error_code&) override;
    void on_field_impl(field name, string_view, string_view value, error_code&) override;
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(string_view body, error_code& ec) override { return take(body, ec); }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) override
    {
        return take(body, ec);
    }
    void on_finish_impl(error_code&) override {}

    http_response& response_;
    body_sink& sink_;
};

using response_parser = final_response_parser<response_message, http_response&, body_sink&>;

}  // namespace tcr::net
