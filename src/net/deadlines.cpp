#include <tcr/net/deadlines.hpp>

#include <algorithm>
#include <utility>

namespace tcr::net
{

struct deadlines::state : std::enable_shared_from_this<deadlines::state>
{
    explicit state(asio::any_io_executor executor) : timer(executor) {}

    void changed(time_point before, time_point now)
    {
        pending += (now != deadline::never) - (before != deadline::never);
        // A pending timer would keep the event loop from ending.
        if (pending == 0)
            disarm();
        else if (now < armed_for)
            arm(now);
    }

    void disarm()
    {
        armed_for = deadline::never;
        timer.cancel();
    }

    void arm(time_point when)
    {
        armed_for = when;
        timer.expires_at(when);
        timer.async_wait(
            [self = shared_from_this()](boost::system::error_code ec)
            {
                if (!ec)
                    self->check();
            }
        );
    }

    void check()
    {
        auto const now = std::chrono::steady_clock::now();
        armed_for = deadline::never;
        // A callback may destroy other deadlines, or its own.
        std::vector<deadline*> const then = members;
        for (auto* each : then)
        {
            if (std::find(members.begin(), members.end(), each) == members.end() || each->when_ > now)
                continue;
            each->set(deadline::never);
            auto const on_passed = each->on_passed_;
            on_passed();
        }
        auto earliest = deadline::never;
        for (auto const* each : members)
            earliest = std::min(earliest, each->when_);
        if (earliest < armed_for)
            arm(earliest);
    }

    asio::steady_timer timer;
    std::vector<deadline*> members;
    time_point armed_for = deadline::never;  ///< no later than the earliest of all
    std::ptrdiff_t pending = 0;              ///< number of members with a time
};

deadlines::deadlines(asio::any_io_executor executor) : state_(std::make_shared<state>(executor)) {}

deadlines::~deadlines()
{
    state_->timer.cancel();
}

deadline::deadline(deadlines& all, std::function<void()> on_passed)
    : all_(all.state_), on_passed_(std::move(on_passed))
{
    all_->members.push_back(this);
}

deadline::~deadline()
{
    set(never);
    std::erase(all_->members, this);
}

void deadline::set(time_point when)
{
    auto const before = std::exchange(when_, when);
    all_->changed(before, when);
}

}  // namespace tcr::net
