// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/settle_state.hpp>
#include <tcr/util/small_file.hpp>

namespace tcr
{

bool settle_state::is_settled(
    file_stamp const& seen, clock::time_point now, std::chrono::system_clock::time_point wall
)
{
    if (last_ != seen)
    {
        std::chrono::nanoseconds const modified(seen.modified_ns);
        bool const is_old = wall.time_since_epoch() - modified >= quiet_;
        since_ = !last_ && is_old ? std::nullopt : std::optional(now);
        last_ = seen;
    }
    bool const is_unchanged = seen == file_stamp() || !since_ || now - *since_ >= quiet_;
    auto const begin = unsettled_since_.value_or(now);
    bool const settled = is_unchanged || now - begin >= max_quiet_times * quiet_;
    unsettled_since_ = settled ? std::nullopt : std::optional(begin);
    return settled;
}

std::optional<result<std::string>> settled_file::read_if_changed(std::string const& name)
{
    constexpr std::chrono::seconds check_interval{10};
    auto const now = settle_state::clock::now();
    auto const stamp = stamp_of(path_);
    next_check_ = now + check_interval;
    if (read_ == stamp)
        return std::nullopt;
    read_.reset();
    if (settling_.is_settled(stamp, now, std::chrono::system_clock::now()))
    {
        auto text = read_small_file(path_, name);
        bool const is_unchanged = stamp_of(path_) == stamp;
        if (text && is_unchanged)
            read_ = stamp;
        if (is_unchanged)
            return text;
    }
    next_check_ = settling_.next_look(now);
    return std::nullopt;
}

}  // namespace tcr
