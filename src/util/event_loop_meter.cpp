#include <tcr/util/event_loop_meter.hpp>

#include <algorithm>
#include <utility>

namespace tcr
{
namespace
{

using std::chrono::nanoseconds;

/// Bounds of the buckets, in seconds.
std::vector<double> bounds()
{
    return {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};
}

double seconds(nanoseconds length)
{
    return std::chrono::duration<double>(length).count();
}

}  // namespace

event_loop_meter::event_loop_meter(cpu_clock read_cpu)
    : read_cpu_(std::move(read_cpu)), turns_(bounds()), lag_(bounds())
{
}

void event_loop_meter::start(time_point now)
{
    last_end_ = now;
    read_at_ = now;
    cpu_read_ = read_cpu_();
}

nanoseconds event_loop_meter::turn_ended(time_point now)
{
    auto turn = now - last_end_;
    if (now - read_at_ >= resolution)
    {
        // Most of `turn` may be a wait, which takes no CPU time. Earlier turns since the last reading are
        // shorter than `resolution`: their length stands for their CPU time.
        auto const earlier_turns = last_end_ - read_at_;
        auto const cpu = read_cpu_();
        turn = std::clamp<nanoseconds>(cpu - cpu_read_ - earlier_turns, nanoseconds(0), turn);
        read_at_ = now;
        cpu_read_ = cpu;
    }
    last_end_ = now;
    turns_.observe(seconds(turn));
    return turn;
}

void event_loop_meter::timer_fired(time_point due, time_point now)
{
    lag_.observe(seconds(std::max<nanoseconds>(now - due, nanoseconds(0))));
}

}  // namespace tcr
