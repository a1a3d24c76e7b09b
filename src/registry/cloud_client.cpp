// SPDX-License-Identifier: Apache-2.0
#include "answer_values.hpp"
#include "cloud_answer.hpp"
#include <tcr/registry/cloud_client.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace tcr::registry
{
namespace
{

namespace json = boost::json;

constexpr std::string_view service_name = "tcr";
constexpr std::string_view version = "2019-09-24";

/// Items per page of a list. The API documents no maximum for the lists that are read here. For
/// DescribeInstances, it documents a maximum of 100.
constexpr std::size_t page_size = 100;

/// Max pages of a list. No real list is this long: more pages mean that the answers are wrong.
constexpr std::size_t max_pages = 100;

json::object of_registry(instance_id const& id)
{
    json::object parameters;
    parameters["RegistryId"] = id.id;
    return parameters;
}

}  // namespace

std::string_view to_string(token_type type)
{
    return type == token_type::temp ? "temp" : "longterm";
}

std::optional<token_type> parse_token_type(std::string_view text)
{
    for (auto type : {token_type::temp, token_type::longterm})
        if (text == to_string(type))
            return type;
    return std::nullopt;
}

cloud_client::cloud_client(
    net::web_client& web, cloud_identity& identity, cloud_options options, cloud_identity::clock now
)
    : web_(web),
      identity_(identity),
      options_(std::move(options)),
      now_(std::move(now)),
      rate_limit_(options_.qps, options_.burst)
{
}

task<result<json::object>> cloud_client::call(std::string action, std::string region, json::object parameters)
{
    auto const to = net::parse_web_address(options_.url);
    if (!to)
        co_return to.error().with_prefix(action);
    cloud_action what;
    what.service = service_name;
    what.version = version;
    what.action = action;
    what.region = std::move(region);
    what.body = json::serialize(parameters);
    for (bool is_second = false;; is_second = true)
    {
        if (auto const wait = rate_limit_.take(std::chrono::steady_clock::now()); wait.count() > 0)
            co_await sleep_for(wait);
        auto const keys = co_await identity_.keys();
        if (!keys)
            co_return keys.error().with_prefix(action);
        // Take the time after the waits: the cloud refuses a request whose time is more than 5 minutes off.
        auto const when = std::chrono::floor<std::chrono::seconds>(now_());
        auto request = make_cloud_request(*to, what, &*keys, when);
        auto const answer = co_await web_.send(std::move(request));
        if (!answer)
        {
            ++calls_[{action, "failed"}];
            co_return answer.error().with_prefix(action);
        }
        std::vector<std::string> const secrets{keys->secret_id, keys->secret_key, keys->token};
        auto read = read_cloud_answer(action, *answer, secrets, now_());
        ++calls_[{action, read.refusal ? "failed" : "success"}];
        if (!read.refusal)
            co_return std::move(read.response);
        if (!read.is_session_over)
            co_return *read.refusal;
        identity_.discard_keys();
        if (is_second)
            co_return *read.refusal;
    }
}

template <class Parse>
task<std::invoke_result_t<Parse, json::object const&>> cloud_client::ask(
    std::string action, std::string region, json::object parameters, Parse parse
)
{
    auto const response = co_await call(action, std::move(region), std::move(parameters));
    if (!response)
        co_return response.error();
    auto parsed = parse(*response);
    if (!parsed)
        co_return parsed.error().with_prefix(action);
    co_return parsed;
}

template <class T, class Parse>
task<result<std::vector<T>>> cloud_client::list(std::string action, instance_id of, Parse parse)
{
    std::vector<T> all;
    for (std::size_t pages = 0; pages < max_pages; ++pages)
    {
        auto parameters = of_registry(of);
        parameters["Limit"] = page_size;
        parameters["Offset"] = all.size();
        auto part = co_await ask(action, of.region, std::move(parameters), parse);
        if (!part)
            co_return part.error();
        bool const is_last = part->is_last(all.size(), page_size);
        std::move(part->items.begin(), part->items.end(), std::back_inserter(all));
        if (is_last)
            co_return all;
    }
    co_return bad_answer("the list has more than " + std::to_string(max_pages) + " pages")
        .with_prefix(action);
}

task<result<instance_token>> cloud_client::create_token(
    instance_id of, token_type type, std::string description
)
{
    auto parameters = of_registry(of);
    parameters["TokenType"] = to_string(type);
    if (type == token_type::longterm && !description.empty())
        parameters["Desc"] = description;
    return ask("CreateInstanceToken", std::move(of.region), std::move(parameters), &parse_token);
}

task<result<instance_facts>> cloud_client::describe_instance(instance_id of)
{
    json::array ids;
    ids.emplace_back(of.id);
    json::object parameters;
    parameters["Registryids"] = std::move(ids);  // the API's spelling
    auto const parse = [id = std::move(of.id)](json::object const& response)
    { return parse_instance(response, id); };
    return ask("DescribeInstances", std::move(of.region), std::move(parameters), parse);
}

task<result<std::vector<custom_domain>>> cloud_client::custom_domains(instance_id of)
{
    return list<custom_domain>("DescribeInstanceCustomizedDomain", std::move(of), &parse_domains);
}

task<result<std::vector<token_facts>>> cloud_client::long_term_tokens(instance_id of)
{
    return list<token_facts>("DescribeInstanceToken", std::move(of), &parse_tokens);
}

}  // namespace tcr::registry
