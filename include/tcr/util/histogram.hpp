// SPDX-License-Identifier: Apache-2.0
#pragma once

// A histogram of numbers.

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace tcr
{

/// Counts values in buckets, as a Prometheus histogram does.
class histogram
{
public:
    /// `upper_bounds` must be finite and ascending. They have the unit of the values. The histogram adds a
    /// last bucket, up to +Inf. \par Errors An assertion fails for invalid bounds.
    explicit histogram(std::vector<double> upper_bounds)
        : upper_bounds_(std::move(upper_bounds)), counts_(upper_bounds_.size() + 1)
    {
        assert(std::ranges::all_of(upper_bounds_, [](double bound) { return std::isfinite(bound); }));
        assert(std::ranges::adjacent_find(upper_bounds_, std::greater_equal()) == upper_bounds_.end());
    }

    /// Counts a value in the first bucket whose upper bound is at least the value. Ignores NaN. Allocates no
    /// memory.
    void observe(double value) noexcept
    {
        if (std::isnan(value))
            return;
        auto const bucket = std::ranges::lower_bound(upper_bounds_, value) - upper_bounds_.begin();
        ++counts_[static_cast<std::size_t>(bucket)];
        sum_ += value;
        ++count_;
    }

    std::span<double const> upper_bounds() const noexcept { return upper_bounds_; }

    /// Returns one count per bucket, not cumulative. The last count is for the bucket up to +Inf, which is
    /// not in `upper_bounds`.
    std::span<std::uint64_t const> counts() const noexcept { return counts_; }

    /// The sum of all counted values.
    double sum() const noexcept { return sum_; }

    /// How many values were counted.
    std::uint64_t count() const noexcept { return count_; }

private:
    std::vector<double> upper_bounds_;
    std::vector<std::uint64_t> counts_;
    double sum_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace tcr
