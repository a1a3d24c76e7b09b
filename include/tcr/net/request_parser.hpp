#pragma once

#include <tcr/net/http_handler.hpp>

#include <boost/beast/http/basic_parser.hpp>

namespace tcr::net
{

/// Beast's HTTP/1.1 parser over `server_request`. Keeps of the header only what this server acts on.
class request_parser final : public boost::beast::http::basic_parser<true>
{
public:
    /// Limits in bytes; that of the header is Beast's own for what one `put` gets, so the caller adds up.
    /// \par Lifetimes `request` must outlive the parser.
    request_parser(server_request& request, std::size_t header_limit, std::size_t body_limit);

    /// Once the header is read: the status that refuses the request for what it asks of us; 0: none.
    /// 400 without exactly one Host (RFC 9112 section 3.2) or for a target of another form than we serve,
    /// 411 for a body of unknown length (section 6.3), 417 for an unknown Expect (RFC 9110 section 10.1.1).
    unsigned refusal() const;

    /// The client wants "100 Continue" before it sends its body (RFC 9110 section 10.1.1).
    bool expects_continue() const { return is_http_11_ && expects_continue_; }

    bool is_head() const { return request_.method == "HEAD"; }

    /// The status that answers an error of `put`.
    static unsigned status_of(boost::system::error_code ec);

private:
    using error_code = boost::system::error_code;
    using field = boost::beast::http::field;
    using string_view = boost::beast::string_view;
    using verb = boost::beast::http::verb;

    void on_request_impl(verb, string_view method, string_view target, int version, error_code&) override;
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(field name, string_view, string_view value, error_code&) override;
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(string_view body, error_code&) override;
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override
    {
        return body.size();
    }
    void on_finish_impl(error_code&) override {}

    server_request& request_;
    unsigned hosts_ = 0;
    bool is_http_11_ = false;
    bool has_bad_target_ = false;
    bool has_transfer_encoding_ = false;
    bool expects_continue_ = false;
    bool expects_more_ = false;
};

}  // namespace tcr::net
