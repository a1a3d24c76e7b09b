#include <tcr/hosts/config_follower.hpp>
#include <tcr/kube/small_file.hpp>
#include <tcr/util/settle_state.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/this_coro.hpp>

#include <optional>

namespace tcr::hosts
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Interval of checks while inotify reports no event.
constexpr std::chrono::seconds check_interval{10};

constexpr int max_checks = 20;

}  // namespace

task<void> settled(std::filesystem::path file, std::chrono::milliseconds time)
{
    auto stamp = stamp_of(file);
    for (int checks = 0; checks < max_checks; ++checks)
    {
        co_await sleep_for(time);
        auto const now = stamp_of(file);
        if (now == stamp && now.size > 0)
            co_return;
        stamp = now;
    }
}

result<hosts_config> read_hosts_config(std::filesystem::path const& file)
{
    auto const name = "config " + file.string();
    auto const text = kube::read_small_file(file, name);
    if (!text)
        return text.error();
    return parse_hosts_config(name, *text);
}

config_follower::config_follower(
    asio::any_io_executor executor,
    std::filesystem::path file,
    std::function<void(result<hosts_config>)> on_config,
    std::chrono::milliseconds quiet
)
    : executor_(executor),
      file_(std::move(file)),
      on_config_(std::move(on_config)),
      quiet_(quiet),
      changed_(executor),
      events_(executor, [this](bool) { changed_.notify(); })
{
}

task<void> config_follower::run()
{
    task_group parts(executor_);
    parts.spawn(events_.run());
    parts.spawn(follow());
    co_await parts.join();
}

task<void> config_follower::follow()
{
    std::optional<file_stamp> known;
    settle_state settling(quiet_);
    for (;;)
    {
        events_.watch(file_);
        auto const now = steady_clock::now();
        auto next_check = now + check_interval;
        auto const present = stamp_of(file_);
        if (known != present)
        {
            bool is_read = settling.is_settled(present, now, std::chrono::system_clock::now());
            if (is_read)
            {
                auto config = read_hosts_config(file_);
                is_read = stamp_of(file_) == present;
                if (is_read)
                {
                    known = present;
                    on_config_(std::move(config));
                }
            }
            if (!is_read)
                next_check = settling.next_look(now);
        }
        co_await changed_.wait_until(next_check);
        auto const state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            co_return;
    }
}

}  // namespace tcr::hosts
