#pragma once

#include <tcr/net/http_handler.hpp>
#include <tcr/net/message_parser.hpp>

#include <cstddef>
#include <cstdint>

namespace tcr::net
{

/// Counts the bytes of request bodies in memory, over all connections of a server.
class body_budget
{
public:
    explicit body_budget(std::size_t most) : left_(most) {}

    bool has_room_for(std::uint64_t more) const { return more <= left_; }

    /// The caller has asked whether there is room.
    void take(std::size_t count) { left_ -= count; }
    void give_back(std::size_t count) { left_ += count; }

private:
    std::size_t left_;
};

/// Beast's HTTP/1.1 parser over `server_request`. Keeps of the header only what this server acts on, unless
/// it is asked to keep all.
class request_parser final : public message_parser<true>
{
public:
    /// Limits in bytes; that of the header is Beast's own for what one `put` gets, so the caller adds up.
    /// What it takes of `bodies` it gives back at its end. \par Lifetimes `request` and `bodies` must outlive
    /// the parser.
    request_parser(
        server_request& request, std::size_t header_limit, std::size_t body_limit, body_budget& bodies
    );
    ~request_parser() override;
    request_parser(request_parser const&) = delete;
    request_parser& operator=(request_parser const&) = delete;

    /// Has `server_request::headers` filled.
    void keep_headers() { keeps_headers_ = true; }

    /// Once the header is read: the status that refuses the request for what it asks of us; 0: none. 400
    /// without exactly one Host (RFC 9112 section 3.2) or for a target of another form than we serve, 411 for
    /// a body of unknown length (section 6.3), 417 for an unknown Expect (RFC 9110 section 10.1.1), 503 for a
    /// body for which the bodies under way leave no room.
    unsigned refusal() const;

    /// The client wants "100 Continue" before it sends its body (RFC 9110 section 10.1.1).
    bool expects_continue() const { return is_http_11_ && expects_continue_; }

    /// Frees the request's body, which has been of its use, and the room that it took.
    void drop_body();

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
    void on_field_impl(field id, string_view name, string_view value, error_code&) override;
    void on_header_impl(error_code&) override;
    void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) override;
    std::size_t on_body_impl(string_view body, error_code& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override
    {
        return body.size();
    }
    void on_finish_impl(error_code&) override {}

    server_request& request_;
    body_budget& bodies_;
    unsigned hosts_ = 0;
    bool is_http_11_ = false;
    bool has_bad_target_ = false;
    bool has_transfer_encoding_ = false;
    bool expects_continue_ = false;
    bool expects_more_ = false;
    bool finds_no_room_ = false;
    bool keeps_headers_ = false;
};

}  // namespace tcr::net
