#include <tcr/util/settle_state.hpp>

namespace tcr
{

bool settle_state::is_settled(
    file_stamp const& seen, clock::time_point now, std::chrono::system_clock::time_point wall
)
{
    if (last_ != seen)
    {
        bool const is_first = !last_;
        last_ = seen;
        since_ = now;
        auto const modified = std::chrono::duration_cast<std::chrono::system_clock::duration>(
            std::chrono::nanoseconds(seen.modified_ns)
        );
        if (is_first && wall.time_since_epoch() - modified >= quiet_)
            since_.reset();
    }
    bool const is_left_alone = seen == file_stamp() || !since_ || now - *since_ >= quiet_;
    auto const begin = unsettled_since_.value_or(now);
    bool const is_overdue = now - begin >= max_quiet_times * quiet_;
    unsettled_since_ = begin;
    if (is_left_alone || is_overdue)
        unsettled_since_.reset();
    return is_left_alone || is_overdue;
}

}  // namespace tcr
