#include <tcr/log/line_limiter.hpp>

#include <utility>

namespace tcr
{

std::optional<std::size_t> line_limiter::pass(std::string_view kind, time_point now)
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

}  // namespace tcr
