// SPDX-License-Identifier: Apache-2.0
#include "fake_tcr.hpp"

#include <tcr/util/async.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <ctime>
#include <utility>

namespace tcr::test
{
namespace
{

namespace json = boost::json;
using net::server_request;
using net::server_response;

constexpr std::string_view metadata_folder = "/latest/meta-data/cam/security-credentials/";

/// Formats a time like "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string http_date(std::chrono::system_clock::time_point when)
{
    auto const seconds = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[40];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

server_response json_response(json::object const& body)
{
    server_response response;
    response.content_type = "application/json";
    response.body = json::serialize(body);
    return response;
}

/// Answers after `time`, which is longer than the client waits.
task<server_response> answer_too_late(std::chrono::seconds time)
{
    co_await sleep_for(time);
    co_return net::plain_response(503);
}

}  // namespace

std::string text_of(json::object const& from, std::string_view key)
{
    auto const* value = from.if_contains({key.data(), key.size()});
    auto const* text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

fake_tcr::fake_tcr(fake_settings settings) : settings_(std::move(settings))
{
    for (auto const& each : settings_.keys)
        keys_.add(each);
}

net::server_answer fake_tcr::operator()(server_request const& request)
{
    if (request.path == "/" && request.method == "POST")
        return api(request);
    if (request.path.starts_with("/control/"))
        return control(request);
    if (request.path.starts_with(metadata_folder) && request.method == "GET")
        return metadata(request);
    if (request.path == "/v2/")
        return registry_page(request);
    if (request.path == "/token")
        return token_server(request);
    return net::plain_response(404);
}

std::uint64_t fake_tcr::count(std::string const& action, bool is_success) const
{
    auto const& counts = is_success ? succeeded_ : failed_;
    auto const found = counts.find(action);
    return found == counts.end() ? 0 : found->second;
}

net::server_answer fake_tcr::api(server_request const& request)
{
    call what;
    what.action = header_of(request, "x-tc-action");
    what.region = header_of(request, "x-tc-region");
    if (auto* const found = fault_for(what.action))
    {
        auto const due = *found;
        if (found->left > 0 && --found->left == 0)
            faults_.erase(faults_.begin() + (found - faults_.data()));
        if (due.silence.count() > 0)
        {
            ++failed_[what.action];
            return answer_too_late(due.silence);
        }
        if (due.status != 0)
        {
            ++failed_[what.action];
            return net::plain_response(due.status);
        }
        return finish(what.action, {{}, due.code, "It fails because a test wants it to."});
    }
    boost::system::error_code ec;
    auto body = json::parse(request.body, ec);
    if (ec || !body.is_object())
        return finish(what.action, {{}, "InvalidParameter", "The body is no JSON object."});
    what.parameters = std::move(body.get_object());
    return finish(what.action, perform(request, what));
}

fake_tcr::outcome fake_tcr::perform(server_request const& request, call const& what)
{
    bool const is_sts = what.action == "AssumeRoleWithWebIdentity";
    if (!is_sts || header_of(request, "authorization") != "SKIP")
        if (auto const why = keys_.check(request, is_sts ? "sts" : "tcr", settings_.now()))
            return {{}, why->code, why->message};
    if (header_of(request, "x-tc-version") != (is_sts ? "2018-08-13" : "2019-09-24"))
        return {{}, "NoSuchVersion", "There is no such version."};
    if (what.region.empty())
        return {{}, "MissingParameter", "X-TC-Region is missing."};
    if (is_sts)
        return assume_role(what);
    if (what.action == "DescribeInstances")
        return describe_instances(what);
    constexpr std::pair<std::string_view, outcome (fake_tcr::*)(call const&)> of_instance[] = {
        {"CreateInstanceToken", &fake_tcr::create_token},
        {"DescribeInstanceToken", &fake_tcr::list_tokens},
        {"DescribeInstanceCustomizedDomain", &fake_tcr::list_domains},
        {"DescribeInternalEndpoints", &fake_tcr::list_links},
    };
    for (auto const& [action, act] : of_instance)
        if (action == what.action)
        {
            if (instance_of(what) == nullptr)
                return {{}, "ResourceNotFound.TcrResourceNotFound", "There is no such instance."};
            return (this->*act)(what);
        }
    return {{}, "InvalidAction", "There is no such action."};
}

server_response fake_tcr::finish(std::string const& action, outcome made)
{
    bool const is_success = made.code.empty();
    ++(is_success ? succeeded_ : failed_)[action];
    if (!is_success)
    {
        made.response.clear();
        json::object failure;
        failure["Code"] = made.code;
        failure["Message"] = made.message;
        made.response["Error"] = std::move(failure);
    }
    made.response["RequestId"] = "fake-request-" + std::to_string(++requests_);
    json::object whole;
    whole["Response"] = std::move(made.response);
    auto response = json_response(whole);
    response.headers = "Date: " + http_date(settings_.now()) + "\r\n";
    return response;
}

fake_instance const* fake_tcr::instance_of(call const& what) const
{
    auto const id = text_of(what.parameters, "RegistryId");
    for (auto const& each : settings_.instances)
        if (each.id == id && each.region == what.region)
            return &each;
    return nullptr;
}

server_response fake_tcr::metadata(server_request const& request)
{
    auto const asked = std::string_view(request.path).substr(metadata_folder.size());
    if (settings_.cvm_role.empty() || (!asked.empty() && asked != settings_.cvm_role))
        return net::plain_response(404);
    server_response response;
    response.body = settings_.cvm_role;
    if (asked.empty())
        return response;
    auto const now = settings_.now();
    auto const made = keys_.make_session("cvm", now + settings_.session_life);
    json::object body;
    body["TmpSecretId"] = made.secret_id;
    body["TmpSecretKey"] = made.secret_key;
    body["Token"] = made.token;
    body["ExpiredTime"] = std::chrono::system_clock::to_time_t(*made.expires_at);
    body["Expiration"] = rfc3339(*made.expires_at);
    body["Code"] = "Success";
    return json_response(body);
}

bool fake_tcr::is_accepted(std::string_view username, std::string_view password) const
{
    if (!settings_.registry_password.empty() && username == settings_.registry_user &&
        password == settings_.registry_password)
        return true;
    auto const now = settings_.now();
    return std::any_of(
        tokens_.begin(),
        tokens_.end(),
        [&](token const& each)
        { return each.username == username && each.password == password && each.expires_at > now; }
    );
}

server_response fake_tcr::registry_page(server_request const& request)
{
    auto const given = header_of(request, "authorization");
    if (is_accepted(given) || (settings_.challenges_bearer && given == "Bearer fake-bearer-token"))
        return json_response({});
    auto refused = net::plain_response(401);
    refused.headers = "WWW-Authenticate: ";
    if (settings_.challenges_bearer)
        refused.headers.append("Bearer realm=\"https://")
            .append(header_of(request, "host"))
            .append("/token\",service=\"harbor-registry\"\r\n");
    else
        refused.headers.append("Basic realm=\"fake registry\"\r\n");
    return refused;
}

server_response fake_tcr::token_server(server_request const& request)
{
    if (!is_accepted(header_of(request, "authorization")) ||
        request.query.find("service=harbor-registry") == std::string::npos)
        return net::plain_response(401);
    json::object body;
    body["token"] = "fake-bearer-token";
    return json_response(body);
}

bool fake_tcr::is_accepted(std::string_view authorization) const
{
    constexpr std::string_view scheme = "Basic ";
    if (!authorization.starts_with(scheme))
        return false;
    auto const decoded = base64_decode(authorization.substr(scheme.size()));
    auto const colon = decoded ? decoded->find(':') : std::string::npos;
    return colon != std::string::npos && is_accepted(decoded->substr(0, colon), decoded->substr(colon + 1));
}

}  // namespace tcr::test
