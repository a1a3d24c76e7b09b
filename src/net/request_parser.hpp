// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parses a request to the HTTP server.

#include "message_parser.hpp"
#include <tcr/net/http_handler.hpp>

#include <cstddef>
#include <cstdint>

namespace tcr::net
{

/// Limits how many bytes of received request bodies are in memory, over all connections of a server.
class body_budget
{
public:
    explicit body_budget(std::size_t max_bytes) : left_(max_bytes) {}

    bool has_room_for(std::uint64_t more) const { return more <= left_; }

    /// Call it only if `has_room_for` returned true.
    void take(std::size_t count) { left_ -= count; }
    void give_back(std::size_t count) { left_ += count; }

private:
    std::size_t left_;
};

/// Beast's HTTP/1.1 parser that fills a `server_request`. Without `keep_headers`, it keeps only the header
/// fields that this server uses.
class request_parser final : public message_parser<true>
{
public:
    /// Limits are in bytes. Beast applies the header limit to each call of `put` separately, so the caller
    /// must check the total. The destructor gives the bytes of the body back to `bodies`. \par Lifetimes
    /// `request` and `bodies` must outlive the parser.
    request_parser(
        server_request& request, std::size_t header_limit, std::size_t body_limit, body_budget& bodies
    );
    ~request_parser() override;
    request_parser(request_parser const&) = delete;
    request_parser& operator=(request_parser const&) = delete;

    /// Makes the parser fill `server_request::headers`.
    void keep_headers() { keeps_headers_ = true; }

    /// Call it after the header is read. \return 0 if the request is acceptable, otherwise the status of the
    /// refusal:
    /// - 400: a repeated Host, a missing Host in HTTP/1.1 (RFC 9112 section 3.2), or an unsupported form of
    ///   target;
    /// - 411: a body with a transfer coding (RFC 9112 section 6.3);
    /// - 417: an unknown Expect in HTTP/1.1 (RFC 9110 section 10.1.1);
    /// - 503: the budget has no room for the body.
    unsigned refusal() const;

    /// Whether the client waits for "100 Continue" before it sends its body (RFC 9110 section 10.1.1).
    bool expects_continue() const { return is_http_11_ && expects_continue_; }

    /// Frees the request's body and its room in the budget.
    void drop_body();

    bool is_head() const { return request_.method == "HEAD"; }

    /// Returns the status with which the server answers an error of `put`.
    static unsigned status_of(boost::system::error_code ec);

private:
    void on_request_impl(verb, string_view method, string_view target, int version, error_code&) override;
    void on_field_impl(field id, string_view name, string_view value, error_code&) override;
    void on_header_impl(error_code&) override;
    void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) override;
    void take(std::string_view piece, error_code& ec) override;

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
