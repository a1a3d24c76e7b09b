// SPDX-License-Identifier: Apache-2.0
#include "deadlines.hpp"

#include <algorithm>
#include <utility>

namespace tcr::net
{

void deadlines::changed(time_point before, time_point now)
{
    pending_ += (now != deadline::never) - (before != deadline::never);
    if (pending_ == 0)
    {
        // A pending timer would keep the event loop from ending.
        armed_for_ = deadline::never;
        timer_.cancel();
    }
    else if (now < armed_for_)
        arm(now);
}

void deadlines::arm(time_point when)
{
    armed_for_ = when;
    timer_.expires_at(when);
    timer_.async_wait(
        [weak = weak_from_this()](boost::system::error_code ec)
        {
            auto const self = weak.lock();
            if (!ec && self)
                self->check();
        }
    );
}

void deadlines::check()
{
    auto const now = std::chrono::steady_clock::now();
    armed_for_ = deadline::never;
    // A callback may destroy its own deadline and other deadlines, so this uses a copy of the list.
    std::vector<deadline*> const then = members_;
    for (auto* each : then)
    {
        if (std::find(members_.begin(), members_.end(), each) == members_.end() || each->when_ > now)
            continue;
        each->set(deadline::never);
        auto const on_passed = each->on_passed_;
        on_passed();
    }
    auto earliest = deadline::never;
    for (auto const* each : members_)
        earliest = std::min(earliest, each->when_);
    if (earliest < armed_for_)
        arm(earliest);
}

deadline::deadline(std::shared_ptr<deadlines> all, std::function<void()> on_passed)
    : all_(std::move(all)), on_passed_(std::move(on_passed))
{
    all_->members_.push_back(this);
}

deadline::~deadline()
{
    set(never);
    std::erase(all_->members_, this);
}

void deadline::set(time_point when)
{
    auto const before = std::exchange(when_, when);
    all_->changed(before, when);
}

}  // namespace tcr::net
