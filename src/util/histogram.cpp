#include <tcr/util/histogram.hpp>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <utility>

namespace tcr
{

histogram::histogram(std::vector<double> upper_bounds)
    : upper_bounds_(std::move(upper_bounds)), counts_(upper_bounds_.size() + 1)
{
    assert(std::ranges::all_of(upper_bounds_, [](double bound) { return std::isfinite(bound); }));
    assert(std::ranges::adjacent_find(upper_bounds_, std::greater_equal()) == upper_bounds_.end());
}

void histogram::observe(double value) noexcept
{
    if (std::isnan(value))
        return;
    auto const bucket = std::ranges::lower_bound(upper_bounds_, value) - upper_bounds_.begin();
    ++counts_[static_cast<std::size_t>(bucket)];
    sum_ += value;
    ++count_;
}

}  // namespace tcr
