#include <tcr/net/request_parser.hpp>
#include <tcr/util/strings.hpp>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace tcr::net
{
namespace
{

/// Path and query of a request target (RFC 9112 section 3.2): of its origin-form, absolute-form or asterisk-form.
/// \return whether it is one of them.
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

request_parser::request_parser(server_request& request, std::size_t header_limit, std::size_t body_limit)
    : request_(request)
{
    this->header_limit(static_cast<std::uint32_t>(header_limit));
    this->body_limit(body_limit);
}

unsigned request_parser::refusal() const
{
    if (has_bad_target_ || hosts_ > 1 || (is_http_11_ && hosts_ == 0))
        return 400;
    // Who sends JSON to us knows its length; chunks are one more thing to get wrong.
    if (has_transfer_encoding_)
        return 411;
    if (is_http_11_ && expects_more_)
        return 417;
    return 0;
}

unsigned request_parser::status_of(error_code ec)
{
    using boost::beast::http::error;
    if (ec == error::header_limit)
        return 431;
    if (ec == error::body_limit)
        return 413;
    return 400;
}

void request_parser::on_request_impl(verb, string_view method, string_view target, int version, error_code&)
{
    request_.method.assign(method.data(), method.size());
    is_http_11_ = version >= 11;
    has_bad_target_ = !split_target({target.data(), target.size()}, request_);
}

void request_parser::on_field_impl(field name, string_view, string_view value, error_code&)
{
    if (name == field::host)
        ++hosts_;
    else if (name == field::transfer_encoding)
        has_transfer_encoding_ = true;
    else if (name == field::expect)
    {
        bool const known = boost::beast::iequals(value, "100-continue");
        (known ? expects_continue_ : expects_more_) = true;
    }
}

std::size_t request_parser::on_body_impl(string_view body, error_code&)
{
    request_.body.append(body.data(), body.size());
    return body.size();
}

}  // namespace tcr::net
