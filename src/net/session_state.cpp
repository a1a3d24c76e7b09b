#include <tcr/net/session_state.hpp>

namespace tcr::net
{

void session_list::make_room()
{
    session_state* longest = nullptr;
    for (auto* each : sessions_)
    {
        if (!each->is_kept())
            continue;
        if (each->is_finishing())
            return;
        if (longest == nullptr || each->kept_since() < longest->kept_since())
            longest = each;
    }
    if (longest != nullptr)
        longest->finish();
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
    // Wakes the wait under way, and one that is about to begin.
    if (is_idle())
        timer_.expires_at(time_point());
}

void session_state::cut()
{
    is_cut_ = true;
    timer_.expires_at(time_point());
}

void session_state::become_kept()
{
    phase_ = phase::kept;
    kept_since_ = std::chrono::steady_clock::now();
    all_.changed_.notify();
}

}  // namespace tcr::net
