// SPDX-License-Identifier: Apache-2.0
#pragma once

// Expected failures as values.

#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace tcr
{

/// An expected failure: a code for programs and a sentence for people.
///
/// The type has constructors, because GCC 12 destroys a temporary aggregate in a `co_await` expression twice.
struct error
{
    error() = default;
    explicit error(boost::system::error_code why, std::string text = {}, std::chrono::milliseconds wait = {})
        : code(why), detail(std::move(text)), retry_after(wait)
    {
    }

    boost::system::error_code code;

    /// What failed and why. Contains no credential. May be empty if `code` alone explains the failure.
    std::string detail;

    /// Delay that the server asked for (Retry-After); zero if it asked for none.
    std::chrono::milliseconds retry_after{0};

    /// Returns the sentence to log: `detail`, or the message of `code` if `detail` is empty.
    std::string message() const { return detail.empty() ? code.message() : detail; }

    /// Returns the same failure, with `prefix` and ": " before its `message()`.
    error with_prefix(std::string_view prefix) const
    {
        return error(code, std::string(prefix) + ": " + message(), retry_after);
    }
};

/// Returns an error about a value that the caller or the operator must correct.
inline error invalid_argument(std::string text)
{
    return error(make_error_code(boost::system::errc::invalid_argument), std::move(text));
}

/// A value or an `error`.
template <class T>
using result = boost::system::result<T, error>;

/// Makes `result::value()` throw a `system_error` if the result is an error. A caller must check the result
/// first, so this exception shows a bug of the caller.
[[noreturn]] inline void throw_exception_from_error(error const& failure, boost::source_location const&)
{
    throw boost::system::system_error(failure.code, failure.message());
}

}  // namespace tcr
