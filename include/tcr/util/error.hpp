#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace tcr
{

/// An expected failure: a code for machines and a sentence for people.
///
/// It has constructors, so that a temporary of it is safe in a `co_await` expression (GCC 12 destroys
/// aggregate temporaries there twice).
struct error
{
    error() = default;
    explicit error(boost::system::error_code why, std::string text = {}, std::chrono::milliseconds wait = {})
        : code(why), detail(std::move(text)), retry_after(wait)
    {
    }

    boost::system::error_code code;

    /// What failed and why, without any credential. May be empty where the code says it all.
    std::string detail;

    /// How long the server asked us to stay away (Retry-After); zero where it did not.
    std::chrono::milliseconds retry_after{0};

    /// The sentence to log: the detail, else the code's own message.
    std::string message() const { return detail.empty() ? code.message() : detail; }

    /// The same failure; its sentence begins with "PREFIX: ".
    error with_prefix(std::string_view prefix) const
    {
        return error(code, std::string(prefix) + ": " + message(), retry_after);
    }
};

/// A value or an `error`.
template <class T>
using result = boost::system::result<T, error>;

/// Makes `result::value()` throw on an error it was not asked about: a bug, so a `system_error`.
[[noreturn]] inline void throw_exception_from_error(error const& failure, boost::source_location const&)
{
    throw boost::system::system_error(failure.code, failure.message());
}

}  // namespace tcr
