#include <tcr/net/read_coalescer.hpp>

namespace tcr::net
{

read_coalescer::time_point read_coalescer::next_read(time_point now)
{
    auto const asked = in_flight_ + ended_;
    if (ended_ * 4 > asked * 3)
        interval_ = std::max<duration>(interval_ / 2, options_.shortest);
    else if (ended_ * 4 < asked)
        interval_ = std::min<duration>(interval_ * 2, options_.longest);
    ended_ = 0;
    auto const passed = now.time_since_epoch() % interval_;
    return now + (interval_ - passed);
}

}  // namespace tcr::net
