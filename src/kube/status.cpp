// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/status.hpp>
#include <tcr/util/error_category.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace tcr::kube
{
namespace
{

namespace json = boost::json;

/// Errors by HTTP status. `classify` first looks for more specific errors.
constexpr std::pair<int, errc> errc_by_status[] = {
    {400, errc::invalid},
    {401, errc::unauthorized},
    {403, errc::forbidden},
    {404, errc::not_found},
    {409, errc::conflict},
    {410, errc::gone},
    {422, errc::invalid},
    {429, errc::too_many_requests},
    {500, errc::internal_error},
    {502, errc::unavailable},
    {503, errc::unavailable},
    {504, errc::unavailable},
};

/// The value at a JSON pointer (RFC 6901); null if there is no value.
json::value const* value_at(json::value const& root, std::string_view pointer)
{
    boost::system::error_code ec;
    return root.find_pointer(pointer, ec);
}

std::string text_of(json::value const* value)
{
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// A JSON number, limited to the range of int; 0 if it is negative, not an integer, or missing.
int number_of(json::value const* value)
{
    if (value == nullptr || !value->is_int64())
        return 0;
    return static_cast<int>(std::clamp<std::int64_t>(value->get_int64(), 0, std::numeric_limits<int>::max()));
}

}  // namespace

boost::system::error_category const& category()
{
    static table_category<errc> const instance(
        "tcr.kube",
        {
            {errc::unauthorized, "unauthorized"},
            {errc::forbidden, "forbidden"},
            {errc::namespace_terminating, "the namespace is terminating"},
            {errc::quota_exceeded, "quota exceeded"},
            {errc::not_found, "not found"},
            {errc::unknown_resource, "the server does not know this resource type"},
            {errc::conflict, "conflict"},
            {errc::already_exists, "already exists"},
            {errc::gone, "the resource version is too old"},
            {errc::invalid, "invalid"},
            {errc::too_many_requests, "too many requests"},
            {errc::unavailable, "the API server is unavailable"},
            {errc::internal_error, "error inside the API server"},
            {errc::unexpected_status, "unexpected status"},
            {errc::bad_answer, "the answer is not the expected JSON"},
            {errc::bad_config, "bad configuration"},
            {errc::no_credential, "the exec plugin returned no credential"},
        }
    );
    return instance;
}

api_status parse_status(std::string_view text)
{
    api_status status;
    boost::system::error_code ec;
    auto const root = json::parse(text, ec);
    if (ec)
        return status;
    status.code = number_of(value_at(root, "/code"));
    status.reason = text_of(value_at(root, "/reason"));
    status.message = text_of(value_at(root, "/message"));
    status.retry_after = std::chrono::seconds(number_of(value_at(root, "/details/retryAfterSeconds")));
    auto const* causes = value_at(root, "/details/causes");
    if (causes != nullptr && causes->is_array())
        for (auto const& cause : causes->get_array())
            if (status.cause.empty())
                status.cause = text_of(value_at(cause, "/reason"));
    return status;
}

errc classify(api_status const& status)
{
    if (status.reason == "AlreadyExists")
        return errc::already_exists;
    if (status.reason == "Forbidden" && status.cause == "NamespaceTerminating")
        return errc::namespace_terminating;
    // Quota errors have no reason or cause of their own, so the message is searched. The words to find are
    // from kube-apiserver (k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go).
    if (status.reason == "Forbidden" && status.message.find("exceeded quota") != std::string::npos)
        return errc::quota_exceeded;
    // The same admission plugin refuses objects until the existing objects are counted for a new quota. This
    // usually takes a second.
    if (status.reason == "Forbidden" && status.message.find("status unknown for quota") != std::string::npos)
        return errc::internal_error;
    for (auto const& [code, value] : errc_by_status)
        if (code == status.code)
            return value;
    return errc::unexpected_status;
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
