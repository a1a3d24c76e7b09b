#pragma once

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

// What the cloud's answers hold. Pure. The vendor's own examples give numbers as strings and strings as
// numbers (CreateInstanceToken: "Username": 12345678, "ExpTime": "33987631"), and null for an empty list: all
// are read.
namespace tcr::registry
{

/// A string, or a whole number as its digits. Nothing: another kind, null, or no such key.
std::optional<std::string> text_in(boost::json::object const& from, std::string_view key);
/// Like `text_in`, with an empty string for nothing.
std::string text_or_empty(boost::json::object const& from, std::string_view key);

/// A whole number, or a string of its digits.
std::optional<std::int64_t> number_in(boost::json::object const& from, std::string_view key);

/// true and false, 1 and 0, or a string of one of these.
std::optional<bool> flag_in(boost::json::object const& from, std::string_view key);

/// A time in milliseconds since 1970, or, below 1e11 (which as milliseconds would be 1973), in seconds.
/// Nothing: none, or not after 1970. Beyond the clock's range: `max()`.
std::optional<std::chrono::system_clock::time_point> time_in(
    boost::json::object const& from, std::string_view key
);

/// What is wrong with an answer: `errc::bad_answer` and "the answer has no Token".
error bad_answer(std::string_view why);

/// A part of a list.
template <class T>
struct page
{
    std::vector<T> items;
    std::optional<std::uint64_t> total;  ///< of the whole list, where the answer says so
};

/// \par Errors of all: `errc::bad_answer`; `parse_instance` also `errc::not_found`. The text is the end of a
/// sentence about the answer and holds nothing of it but names.
result<instance_token> parse_token(boost::json::object const& response);
result<instance_facts> parse_instance(boost::json::object const& response, std::string_view id);
result<page<custom_domain>> parse_domains(boost::json::object const& response);
result<page<token_facts>> parse_tokens(boost::json::object const& response);
result<page<internal_endpoint>> parse_endpoints(boost::json::object const& response);

}  // namespace tcr::registry
