#pragma once

// Parses the content of the cloud's answers. Pure.
// The vendor's own examples give numbers as strings, strings as numbers (CreateInstanceToken:
// "Username": 12345678, "ExpTime": "33987631") and null for an empty list. All of these are accepted.

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

/// A string, or a whole number as its digits. Nothing: another type, null, or no such key.
std::optional<std::string> text_in(boost::json::object const& from, std::string_view key);

/// Whether a text can be a user name, password, key or token: not empty, printable ASCII without blanks.
bool is_credential(std::string_view text);

/// Like `text_in`, but returns an empty string for nothing.
std::string text_or_empty(boost::json::object const& from, std::string_view key);

/// A whole number, or a string of its digits.
std::optional<std::int64_t> number_in(boost::json::object const& from, std::string_view key);

/// true and false, 1 and 0, or a string of one of these.
std::optional<bool> flag_in(boost::json::object const& from, std::string_view key);

/// A time in milliseconds since 1970, or in seconds if below 1e11 (which as milliseconds would be in 1973).
/// Nothing: no number, or not after 1970. `max()`: beyond the clock's range.
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
    std::optional<std::uint64_t> total;  ///< items in the whole list, if the answer has it

    /// Whether the list ends with this page, after `before` items of earlier pages. A full page has
    /// `full_size` items. An empty page ends every list, so that a wrong total cannot cause endless requests.
    bool is_last(std::size_t before, std::size_t full_size) const
    {
        return items.empty() || (total ? before + items.size() >= *total : items.size() < full_size);
    }
};

/// \par Errors of all: `errc::bad_answer`; of `parse_instance` also `errc::not_found`. The text follows a
/// prefix (the action) and contains names of fields, but no values.
result<instance_token> parse_token(boost::json::object const& response);
result<instance_facts> parse_instance(boost::json::object const& response, std::string_view id);
result<page<custom_domain>> parse_domains(boost::json::object const& response);
result<page<token_facts>> parse_tokens(boost::json::object const& response);

}  // namespace tcr::registry
