#include <tcr/util/token_bucket.hpp>

#include <algorithm>

namespace tcr
{

token_bucket::duration token_bucket::take(time_point now)
{
    if (rate_ <= 0)
        return duration::zero();
    if (last_ != time_point{})
        tokens_ = std::min(burst_, tokens_ + rate_ * std::chrono::duration<double>(now - last_).count());
    last_ = now;
    tokens_ -= 1;
    if (tokens_ >= 0)
        return duration::zero();
    return std::chrono::duration_cast<duration>(std::chrono::duration<double>(-tokens_ / rate_));
}

}  // namespace tcr
