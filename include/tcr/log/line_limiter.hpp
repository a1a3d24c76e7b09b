// SPDX-License-Identifier: Apache-2.0
#pragma once

// Limits how many log lines of one kind are written.

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tcr
{

/// Prevents repeated failures from filling the log: passes at most `lines_per_window` lines of each kind per
/// `window` and counts the omitted lines. Pure: the caller passes the time.
class line_limiter
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    static constexpr std::size_t lines_per_window = 10;
    static constexpr std::chrono::seconds window{30};

    /// Decides whether the caller may log one more line of this kind. `kind` must be one of a few constant
    /// texts, because the limiter remembers every kind.
    /// \return the number of lines of this kind omitted since the last line that passed; nullopt if the
    /// caller must omit this line, too.
    std::optional<std::size_t> pass(std::string_view kind, time_point now)
    {
        auto known = kinds_.find(kind);
        if (known == kinds_.end())
            known = kinds_.emplace(std::string(kind), count{now, 0, 0}).first;
        auto& seen = known->second;
        if (now - seen.began >= window)
        {
            seen.began = now;
            seen.passed = 0;
        }
        if (seen.passed >= lines_per_window)
        {
            ++seen.left_out;
            return std::nullopt;
        }
        ++seen.passed;
        return std::exchange(seen.left_out, 0);
    }

private:
    struct count
    {
        time_point began;
        std::size_t passed = 0;
        std::size_t left_out = 0;
    };
    std::map<std::string, count, std::less<>> kinds_;
};

}  // namespace tcr
