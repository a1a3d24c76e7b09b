#include <tcr/net/read_coalescer.hpp>

namespace tcr::net
{

read_coalescer::time_point read_coalescer::next_beat(time_point now)
{
    auto const asked = in_flight_ + ended_;
    if (ended_ * 4 > asked * 3)
        beat_ = std::max<duration>(beat_ / 2, options_.shortest);
    else if (ended_ * 4 < asked)
        beat_ = std::min<duration>(beat_ * 2, options_.longest);
    ended_ = 0;
    auto const passed = now.time_since_epoch() % beat_;
    return now + (beat_ - passed);
}

}  // namespace tcr::net
