#include <tcr/kube/status.hpp>
#include <tcr/util/error_category.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <limits>

namespace tcr::kube
{
namespace
{

namespace json = boost::json;

char const* description(int code)
{
    switch (static_cast<errc>(code))
    {
        case errc::unauthorized:
            return "unauthorized";
        case errc::forbidden:
            return "forbidden";
        case errc::namespace_terminating:
            return "the namespace is terminating";
        case errc::quota_exceeded:
            return "quota exceeded";
        case errc::not_found:
            return "not found";
        case errc::unknown_resource:
            return "the server does not know this resource type";
        case errc::conflict:
            return "conflict";
        case errc::already_exists:
            return "already exists";
        case errc::gone:
            return "the resource version is too old";
        case errc::invalid:
            return "invalid";
        case errc::too_many_requests:
            return "too many requests";
        case errc::unavailable:
            return "the API server is unavailable";
        case errc::internal_error:
            return "error inside the API server";
        case errc::unexpected_status:
            return "unexpected status";
        case errc::bad_answer:
            return "the answer is not the expected JSON";
        case errc::bad_config:
            return "bad configuration";
        case errc::no_credential:
            return "the exec plugin returned no credential";
    }
    return "unknown";
}

std::string text_of(json::object const& object, std::string_view key)
{
    auto const* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// A number of at least 0; 0 if it is negative, not a number, or missing.
int number_of(json::object const& object, std::string_view key)
{
    auto const* value = object.if_contains(key);
    if (value == nullptr || !value->is_int64())
        return 0;
    return static_cast<int>(std::clamp<std::int64_t>(value->get_int64(), 0, std::numeric_limits<int>::max()));
}

}  // namespace

boost::system::error_category const& category()
{
    static worded_category const instance("tcr.kube", description);
    return instance;
}

api_status parse_status(std::string_view text)
{
    api_status status;
    boost::system::error_code ec;
    auto value = json::parse(text, ec);
    if (ec || !value.is_object())
        return status;
    auto const& object = value.get_object();
    status.code = number_of(object, "code");
    status.reason = text_of(object, "reason");
    status.message = text_of(object, "message");
    if (auto const* details = object.if_contains("details"); details && details->is_object())
    {
        status.retry_after = std::chrono::seconds(number_of(details->get_object(), "retryAfterSeconds"));
        if (auto const* causes = details->get_object().if_contains("causes"); causes && causes->is_array())
            for (auto const& cause : causes->get_array())
                if (cause.is_object() && status.cause.empty())
                    status.cause = text_of(cause.get_object(), "reason");
    }
    return status;
}

errc classify(api_status const& status)
{
    if (status.reason == "AlreadyExists")
        return errc::already_exists;
    if (status.reason == "Forbidden" && status.cause == "NamespaceTerminating")
        return errc::namespace_terminating;
    // Quota errors have no reason or cause of their own. The text is from kube-apiserver
    // (k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go).
    if (status.reason == "Forbidden" && status.message.find("exceeded quota") != std::string::npos)
        return errc::quota_exceeded;
    switch (status.code)
    {
        case 400:
        case 422:
            return errc::invalid;
        case 401:
            return errc::unauthorized;
        case 403:
            return errc::forbidden;
        case 404:
            return errc::not_found;
        case 409:
            return errc::conflict;
        case 410:
            return errc::gone;
        case 429:
            return errc::too_many_requests;
        case 500:
            return errc::internal_error;
        case 502:
        case 503:
        case 504:
            return errc::unavailable;
        default:
            return errc::unexpected_status;
    }
}

error to_error(api_status const& status, std::string_view prefix)
{
    std::string text(prefix);
    text += ": ";
    text += status.reason.empty() ? "HTTP " + std::to_string(status.code) : printable(status.reason, 60);
    if (!status.message.empty())
        text += ": " + printable(status.message);
    return error(classify(status), std::move(text), status.retry_after);
}

error to_error(net::http_response const& response, std::string_view prefix)
{
    auto status = parse_status(response.error_body);
    bool const is_status = status.code != 0;
    status.code = static_cast<int>(response.status);
    if (response.retry_after)
        status.retry_after = *response.retry_after;
    if (!is_status)
        status.message = printable(response.error_body, 120);
    auto failure = to_error(status, prefix);
    if (!is_status && response.status == 404)
        failure.code = errc::unknown_resource;
    return failure;
}

}  // namespace tcr::kube
