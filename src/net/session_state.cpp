// SPDX-License-Identifier: Apache-2.0
#include "session_state.hpp"

#include <algorithm>

namespace tcr::net
{

session_list::time_point session_list::make_room(time_point now)
{
    session_state* longest = nullptr;
    auto again = time_point::max();
    for (auto* each : sessions_)
    {
        bool const is_fresh = each->phase_ == session_state::phase::fresh;
        if (!is_fresh && each->phase_ != session_state::phase::kept)
            continue;
        if (each->is_finishing())
            return time_point::max();
        if (is_fresh && now < each->idle_since() + first_request_)
            again = std::min(again, each->idle_since() + first_request_);
        else if (longest == nullptr || each->idle_since() < longest->idle_since())
            longest = each;
    }
    if (longest == nullptr)
        return again;
    longest->finish();
    return time_point::max();
}

void session_list::finish()
{
    for (auto* each : sessions_)
        each->finish();
}

void session_list::cut()
{
    for (auto* each : sessions_)
        each->cut();
}

session_state::session_state(asio::any_io_executor executor, session_list& all)
    : all_(all), place_(all.sessions_.insert(all.sessions_.end(), this)), timer_(executor)
{
}

session_state::~session_state()
{
    all_.sessions_.erase(place_);
    all_.changed_.notify();
}

void session_state::finish()
{
    is_finishing_ = true;
    // Ends the current wait. An expiry in the past also ends a wait that has not begun yet.
    if (is_idle())
        timer_.expires_at(time_point());
}

void session_state::cut()
{
    is_cut_ = true;
    timer_.expires_at(time_point());
}

void session_state::become_idle(phase which)
{
    phase_ = which;
    idle_since_ = std::chrono::steady_clock::now();
    all_.changed_.notify();
}

}  // namespace tcr::net
