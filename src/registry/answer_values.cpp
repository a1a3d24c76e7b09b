// SPDX-License-Identifier: Apache-2.0
#include "answer_values.hpp"

#include <tcr/registry/errc.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tcr::registry
{
namespace
{

namespace json = boost::json;
using system_clock = std::chrono::system_clock;

json::value const* value_in(json::object const& from, std::string_view key)
{
    auto const* value = from.if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<std::int64_t> whole_number(json::value const& value)
{
    constexpr double exact = 9'007'199'254'740'992.0;  // 2^53: below it, a double holds whole numbers exactly
    if (auto const* small = value.if_int64())
        return *small;
    if (auto const* real = value.if_double();
        real != nullptr && std::abs(*real) < exact && std::trunc(*real) == *real)
        return static_cast<std::int64_t>(*real);
    auto const* text = value.if_string();
    if (text == nullptr)
        return std::nullopt;
    auto digits = trim(*text);
    bool const is_negative = digits.starts_with('-');
    auto const number = parse_u64(digits.substr(is_negative ? 1 : 0));
    if (!number || *number > static_cast<std::uint64_t>(INT64_MAX))
        return std::nullopt;
    auto const positive = static_cast<std::int64_t>(*number);
    return is_negative ? -positive : positive;
}

/// Reads a list of objects. If the list is null or missing, the result is an empty list.
template <class T, class Read>
result<page<T>> read_list(json::object const& response, std::string_view key, Read read)
{
    page<T> found;
    if (auto const total = number_in(response, "TotalCount"); total && *total >= 0)
        found.total = static_cast<std::uint64_t>(*total);
    auto const* value = value_in(response, key);
    if (value == nullptr)
        return found;
    if (!value->is_array())
        return bad_answer("the answer's " + std::string(key) + " is not a list");
    for (auto const& each : value->get_array())
    {
        auto const* object = each.if_object();
        if (object == nullptr)
            return bad_answer("the answer's " + std::string(key) + " has an entry that is not an object");
        auto item = read(*object);
        if (!item)
            return item.error();
        found.items.push_back(std::move(*item));
    }
    return found;
}

}  // namespace

bool is_credential(std::string_view text)
{
    auto const is_visible = [](char c) { return c > 0x20 && c < 0x7f; };
    return !text.empty() && std::all_of(text.begin(), text.end(), is_visible);
}

std::string text_or_empty(json::object const& from, std::string_view key)
{
    return text_in(from, key).value_or(std::string());
}

std::optional<std::string> text_in(json::object const& from, std::string_view key)
{
    auto const* value = value_in(from, key);
    if (value == nullptr)
        return std::nullopt;
    if (auto const* text = value->if_string())
        return std::string(*text);
    if (auto const* large = value->if_uint64())
        return std::to_string(*large);
    if (auto const number = whole_number(*value))
        return std::to_string(*number);
    return std::nullopt;
}

std::optional<std::int64_t> number_in(json::object const& from, std::string_view key)
{
    auto const* value = value_in(from, key);
    return value == nullptr ? std::nullopt : whole_number(*value);
}

std::optional<bool> flag_in(json::object const& from, std::string_view key)
{
    auto const* value = value_in(from, key);
    if (value == nullptr)
        return std::nullopt;
    if (auto const* flag = value->if_bool())
        return *flag;
    auto const text = ascii_lower(text_or_empty(from, key));
    if (text == "true" || text == "1")
        return true;
    if (text == "false" || text == "0")
        return false;
    return std::nullopt;
}

std::optional<system_clock::time_point> time_in(json::object const& from, std::string_view key)
{
    constexpr std::int64_t min_ms = 100'000'000'000;
    auto const number = number_in(from, key);
    if (!number || *number <= 0)
        return std::nullopt;
    std::chrono::milliseconds const since =
        *number < min_ms ? std::chrono::seconds(*number) : std::chrono::milliseconds(*number);
    auto const max_time = std::chrono::floor<std::chrono::milliseconds>(system_clock::duration::max());
    if (since >= max_time)
        return system_clock::time_point::max();
    return system_clock::time_point(since);
}

error bad_answer(std::string_view why)
{
    return error(errc::bad_answer, std::string(why));
}

result<instance_token> parse_token(json::object const& response)
{
    instance_token token;
    token.username = text_or_empty(response, "Username");
    token.password = text_or_empty(response, "Token");
    token.token_id = text_or_empty(response, "TokenId");
    // kubelet splits "user:password" at the first colon.
    if (!is_credential(token.username) || token.username.find(':') != std::string::npos)
        return bad_answer("the answer has no usable Username");
    if (!is_credential(token.password))
        return bad_answer("the answer has no usable Token");
    auto const end = time_in(response, "ExpTime");
    // Only a long-term token has a TokenId, and the documentation calls long-term tokens permanent. Such a
    // token may therefore lack ExpTime.
    if (!end && token.token_id.empty())
        return bad_answer("the answer has no usable ExpTime");
    token.expires_at = end.value_or(system_clock::time_point::max());
    return token;
}

result<instance_facts> parse_instance(json::object const& response, std::string_view id)
{
    auto const read = [](json::object const& each) -> result<std::pair<std::string, instance_facts>>
    {
        instance_facts facts;
        facts.name = text_or_empty(each, "RegistryName");
        facts.public_domain = ascii_lower(text_or_empty(each, "PublicDomain"));
        facts.status = text_or_empty(each, "Status");
        return std::pair(text_or_empty(each, "RegistryId"), std::move(facts));
    };
    auto const all = read_list<std::pair<std::string, instance_facts>>(response, "Registries", read);
    if (!all)
        return all.error();
    for (auto const& [found, facts] : all->items)
        if (found == id)
            return facts;
    return error(errc::not_found, "there is no such instance in this region");
}

result<page<custom_domain>> parse_domains(json::object const& response)
{
    auto const read = [](json::object const& each) -> result<custom_domain>
    {
        custom_domain domain;
        domain.name = ascii_lower(text_or_empty(each, "DomainName"));
        domain.status = text_or_empty(each, "Status");
        if (domain.name.empty())
            return bad_answer("the answer has a domain without a DomainName");
        return domain;
    };
    return read_list<custom_domain>(response, "DomainInfoList", read);
}

result<page<token_facts>> parse_tokens(json::object const& response)
{
    auto const read = [](json::object const& each) -> result<token_facts>
    {
        token_facts facts;
        facts.id = text_or_empty(each, "Id");
        facts.description = text_or_empty(each, "Desc");
        facts.is_enabled = flag_in(each, "Enabled").value_or(false);
        facts.expires_at = time_in(each, "ExpiredAt").value_or(system_clock::time_point::max());
        if (facts.id.empty())
            return bad_answer("the answer has a token without an Id");
        return facts;
    };
    return read_list<token_facts>(response, "Tokens", read);
}

}  // namespace tcr::registry
