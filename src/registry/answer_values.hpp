// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parses the content of the cloud's answers. Pure. The vendor's own examples contain numbers as strings
// ("ExpTime": "33987631"), strings as numbers ("Username": 12345678) and null for an empty list. The
// functions accept all of these forms.

#include <tcr/registry/cloud_client.hpp>
#include <tcr/util/error.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::registry
{

/// The value of `key` if it is a string, or the digits if it is a whole number. nullopt for null, for other
/// types and for a missing key.
std::optional<std::string> text_in(boost::json::object const& from, std::string_view key);

/// Whether a text can be a user name, password, key or token: not empty, and only printable ASCII without
/// blanks.
bool is_credential(std::string_view text);

/// Like `text_in`, but returns an empty string instead of nullopt.
std::string text_or_empty(boost::json::object const& from, std::string_view key);

/// The value of `key` if it is a whole number or a string with a whole number; otherwise nullopt.
std::optional<std::int64_t> number_in(boost::json::object const& from, std::string_view key);

/// The value of `key` if it is true, false, 1 or 0, or a string with one of these values; otherwise nullopt.
std::optional<bool> flag_in(boost::json::object const& from, std::string_view key);

/// The time at `key`, in milliseconds since 1970. A number below 1e11 counts as seconds: as milliseconds it
/// would be a time before 1974. nullopt if there is no number or it is not positive. `max()` if the time is
/// beyond the clock's range.
std::optional<std::chrono::system_clock::time_point> time_in(
    boost::json::object const& from, std::string_view key
);

/// The error `errc::bad_answer` with a text such as "the answer has no Token".
error bad_answer(std::string_view why);

/// One page of a list.
template <class T>
struct page
{
    std::vector<T> items;
    std::optional<std::uint64_t> total;  ///< number of items in the whole list, if the answer has it

    /// Whether this page is the last page of the list. The earlier pages together had `before` items. A full
    /// page has `full_size` items. An empty page is always the last, so that a wrong total cannot cause
    /// endless requests.
    bool is_last(std::size_t before, std::size_t full_size) const
    {
        return items.empty() || (total ? before + items.size() >= *total : items.size() < full_size);
    }
};

/// These functions parse the answers of the API. \par Errors `errc::bad_answer`; `parse_instance` also
/// returns `errc::not_found`. The error's text contains names of fields, but no values. The caller puts the
/// action before this text.
result<instance_token> parse_token(boost::json::object const& response);
result<instance_facts> parse_instance(boost::json::object const& response, std::string_view id);
result<page<custom_domain>> parse_domains(boost::json::object const& response);
result<page<token_facts>> parse_tokens(boost::json::object const& response);

}  // namespace tcr::registry
