// SPDX-License-Identifier: Apache-2.0

// The pages through which tests control the fake.

#include "fake_tcr.hpp"
#include <tcr/util/strings.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace tcr::test
{
namespace
{

namespace json = boost::json;

/// A parameter of a query, without percent-decoding; empty if it is missing.
std::string query_value(std::string_view query, std::string_view name)
{
    for (auto each : split_names(query, '&'))
        if (each.starts_with(name) && each.substr(name.size()).starts_with('='))
            return std::string(each.substr(name.size() + 1));
    return {};
}

net::server_response done()
{
    net::server_response response;
    response.body = "ok\n";
    return response;
}

}  // namespace

net::server_answer fake_tcr::control(net::server_request const& request)
{
    auto const page = std::string_view(request.path).substr(std::string_view("/control/").size());
    if (page == "state" && request.method == "GET")
    {
        net::server_response response;
        response.content_type = "application/json";
        response.body = json::serialize(state()) + "\n";
        return response;
    }
    if (request.method != "POST")
        return net::plain_response(405);
    auto const count = parse_u64(query_value(request.query, "count")).value_or(0);
    auto const code = query_value(request.query, "code");
    auto const status = parse_u64(query_value(request.query, "http")).value_or(0);
    auto const action = query_value(request.query, "action");
    if (page == "fail" && status >= 400 && status < 600)
        fail_by_status(static_cast<unsigned>(status), count, action);
    else if (page == "fail" && !code.empty())
        fail_by_code(code, count, action);
    else if (page == "drop")
        fail_by_silence(
            std::chrono::seconds(parse_u64(query_value(request.query, "seconds")).value_or(60)), count, action
        );
    else if (page == "end-sessions")
        end_sessions();
    else if (page == "clear")
        clear();
    else
        return net::plain_response(page == "fail" ? 400 : 404);
    return done();
}

void fake_tcr::fail_by_code(std::string code, std::uint64_t count, std::string action)
{
    fault made;
    made.code = std::move(code);
    made.left = count;
    made.action = std::move(action);
    faults_.push_back(std::move(made));
}

void fake_tcr::fail_by_status(unsigned status, std::uint64_t count, std::string action)
{
    fault made;
    made.status = status;
    made.left = count;
    made.action = std::move(action);
    faults_.push_back(std::move(made));
}

void fake_tcr::fail_by_silence(std::chrono::seconds time, std::uint64_t count, std::string action)
{
    fault made;
    made.silence = time;
    made.left = count;
    made.action = std::move(action);
    faults_.push_back(std::move(made));
}

fake_tcr::fault* fake_tcr::fault_for(std::string const& action)
{
    for (auto& each : faults_)
        if (each.action.empty() || each.action == action)
            return &each;
    return nullptr;
}

json::object fake_tcr::state() const
{
    json::object calls;
    for (auto const* counts : {&succeeded_, &failed_})
        for (auto const& [action, count] : *counts)
        {
            auto& of_action = calls[action];
            if (!of_action.is_object())
                of_action = json::object();
            of_action.get_object()[counts == &succeeded_ ? "success" : "failed"] = count;
        }
    json::array tokens;
    for (auto const& each : tokens_)
    {
        json::object one;
        one["id"] = each.id;
        one["instance"] = each.instance;
        one["type"] = each.is_longterm ? "longterm" : "temp";
        one["description"] = each.description;
        one["username"] = each.username;
        one["password"] = each.password;
        one["expires_at"] = rfc3339(each.expires_at);
        tokens.push_back(std::move(one));
    }
    json::object whole;
    whole["calls"] = std::move(calls);
    whole["tokens"] = std::move(tokens);
    return whole;
}

}  // namespace tcr::test
