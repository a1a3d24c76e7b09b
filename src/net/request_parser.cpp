// SPDX-License-Identifier: Apache-2.0
#include "request_parser.hpp"

#include <tcr/util/strings.hpp>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace tcr::net
{
namespace
{

/// Splits a request target (RFC 9112 section 3.2) in origin-form, absolute-form or asterisk-form into path
/// and query. \return false if the target has another form.
bool split_target(std::string_view target, server_request& request)
{
    for (std::string_view scheme : {"http://", "https://"})
        if (target.starts_with(scheme))
        {
            auto const path = target.find('/', scheme.size());
            target = path == std::string_view::npos ? "/" : target.substr(path);
            break;
        }
    if (!target.starts_with('/') && target != "*")
        return false;
    auto const mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string_view::npos)
        request.query = target.substr(mark + 1);
    return true;
}

}  // namespace

request_parser::request_parser(
    server_request& request, std::size_t header_limit, std::size_t body_limit, body_budget& bodies
)
    : request_(request), bodies_(bodies)
{
    this->header_limit(static_cast<std::uint32_t>(header_limit));
    this->body_limit(body_limit);
}

request_parser::~request_parser()
{
    bodies_.give_back(request_.body.size());
}

void request_parser::drop_body()
{
    bodies_.give_back(request_.body.size());
    request_.body = std::string();
}

unsigned request_parser::refusal() const
{
    if (has_bad_target_ || hosts_ > 1 || (is_http_11_ && hosts_ == 0))
        return 400;
    // Clients that send JSON know its length. Support for chunked bodies would add risk without a benefit.
    if (has_transfer_encoding_)
        return 411;
    if (is_http_11_ && expects_more_)
        return 417;
    if (finds_no_room_)
        return 503;
    return 0;
}

unsigned request_parser::status_of(error_code ec)
{
    using boost::beast::http::error;
    if (ec == error::header_limit)
        return 431;
    if (ec == error::body_limit)
        return 413;
    if (ec == boost::system::errc::not_enough_memory)
        return 503;
    return 400;
}

void request_parser::on_request_impl(verb, string_view method, string_view target, int version, error_code&)
{
    request_.method = method;
    is_http_11_ = version >= 11;
    has_bad_target_ = !split_target(target, request_);
}

void request_parser::on_field_impl(field id, string_view name, string_view value, error_code&)
{
    if (keeps_headers_)
        request_.headers.emplace_back(ascii_lower(name), trim(value));
    if (id == field::host)
        ++hosts_;
    else if (id == field::content_type)
        request_.content_type = ascii_lower(trim(value.substr(0, value.find(';'))));
    else if (id == field::transfer_encoding)
        has_transfer_encoding_ = true;
    else if (id == field::expect)
    {
        bool const known = boost::beast::iequals(value, "100-continue");
        (known ? expects_continue_ : expects_more_) = true;
    }
}

void request_parser::on_header_impl(error_code&)
{
    // Checks the length now, because a client that waits for "100 Continue" has not sent the body yet.
    auto const length = content_length();
    finds_no_room_ = length && !bodies_.has_room_for(*length);
}

void request_parser::on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&)
{
    // Reserves the full length at once. Growth by doubling would need up to three times the memory.
    if (length)
        request_.body.reserve(static_cast<std::size_t>(*length));
}

void request_parser::take(std::string_view piece, error_code& ec)
{
    // Other requests may have used the room since the header was read.
    if (!bodies_.has_room_for(piece.size()))
    {
        ec = make_error_code(boost::system::errc::not_enough_memory);
        return;
    }
    bodies_.take(piece.size());
    request_.body.append(piece);
}

}  // namespace tcr::net
