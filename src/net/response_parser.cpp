#include <tcr/net/response_parser.hpp>
#include <tcr/util/strings.hpp>

#include <boost/optional.hpp>

namespace tcr::net
{

response_message::response_message(http_response& response, body_sink& sink)
    : response_(response), sink_(sink)
{
    eager(true);
    // A watch has no end; a caller that must bound a body does so in its sink.
    body_limit(boost::none);
}

void response_message::on_response_impl(int code, string_view, int, error_code&)
{
    response_ = http_response();  // an interim response may have come before
    response_.status = static_cast<unsigned>(code);
}

void response_message::on_field_impl(field name, string_view, string_view value, error_code&)
{
    if (name != field::retry_after)
        return;
    if (auto seconds = parse_u64(trim({value.data(), value.size()})); seconds && *seconds < 86'400)
        response_.retry_after = std::chrono::seconds(*seconds);
}

std::size_t response_message::take(string_view body, error_code& ec)
{
    std::string_view piece(body.data(), body.size());
    if (response_.ok())
        ec = sink_.on_body(piece);
    else
        response_.error_body.append(
            piece.substr(0, http_response::max_error_body - response_.error_body.size())
        );
    return body.size();
}

}  // namespace tcr::net
