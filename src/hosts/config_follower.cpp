// SPDX-License-Identifier: Apache-2.0
#include <tcr/hosts/config_follower.hpp>
#include <tcr/util/small_file.hpp>
#include <tcr/util/task_group.hpp>

namespace tcr::hosts
{

namespace
{

/// The name of the file in messages.
std::string message_name(std::filesystem::path const& file)
{
    return "config " + file.string();
}

result<hosts_config> parse_read(std::filesystem::path const& file, result<std::string> const& text)
{
    if (!text)
        return text.error();
    return parse_hosts_config(message_name(file), *text);
}

}  // namespace

result<hosts_config> read_hosts_config(std::filesystem::path const& file)
{
    return parse_read(file, read_small_file(file, message_name(file)));
}

config_follower::config_follower(
    asio::any_io_executor executor,
    std::filesystem::path file,
    std::function<void(result<hosts_config>)> on_config,
    std::chrono::milliseconds quiet
)
    : executor_(executor),
      file_(std::move(file), quiet),
      on_config_(std::move(on_config)),
      loop_(executor, [this] { return reconcile(); }),
      events_(executor, [this](bool) { loop_.trigger(); })
{
}

task<void> config_follower::run()
{
    task_group parts(executor_);
    parts.spawn(events_.run());
    parts.spawn(loop_.run());
    co_await parts.join();
}

task<runtime::next_reconcile> config_follower::reconcile()
{
    events_.watch(file_.path());
    if (auto const text = file_.read_if_changed(message_name(file_.path())))
        on_config_(parse_read(file_.path(), *text));
    co_return runtime::next_reconcile{file_.next_check()};
}

}  // namespace tcr::hosts
