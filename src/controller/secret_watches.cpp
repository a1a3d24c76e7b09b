// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/secret_watches.hpp>

#include <utility>

namespace tcr::controller
{

/// One watch and its reflector.
struct secret_watches::watch
{
    watch(secret_watches& owner, std::string const& secret)
        : reflector(owner.store_, owner.listeners_.on_stored, secret),
          watcher(
              owner.client_,
              {"", "v1", "secrets"},
              secret.empty() ? our_secrets() : kube::select_name(secret),
              reflector,
              owner.unreadable_,
              options_of(owner, secret),
              owner.log_,
              owner.listeners_.on_listed
          ),
          running(owner.executor_)
    {
        watcher.on_forbidden(owner.listeners_.on_forbidden);
    }

    /// The options of a watch. In the quarantine, the option `name` distinguishes the watches.
    static runtime::watcher_options options_of(secret_watches const& owner, std::string const& secret)
    {
        auto options = owner.options_;
        if (!secret.empty())
            options.name = "secrets/" + secret;
        return options;
    }

    pull_secret_reflector reflector;
    runtime::watcher watcher;
    task_group running;
    bool is_started = false;
    bool is_stopping = false;
};

secret_watches::secret_watches(
    asio::any_io_executor executor,
    kube::client& client,
    runtime::cluster_store& store,
    runtime::quarantine& unreadable,
    runtime::watcher_options options,
    logger& log,
    listeners to_call
)
    : executor_(executor),
      client_(client),
      store_(store),
      unreadable_(unreadable),
      options_(std::move(options)),
      log_(log),
      listeners_(std::move(to_call)),
      added_(executor)
{
}

secret_watches::~secret_watches() = default;

void secret_watches::set_access(secret_access const& access)
{
    has_access_ = true;
    desired_ = access.is_by_name() ? access.names() : secret_names{""};
    update();
}

/// Stops the watches that are not desired. Adds a watch for each desired name without one. If the previous
/// watch of a name is still stopping, `run_watch` adds the new watch later.
void secret_watches::update()
{
    std::erase_if(
        watches_,
        [this](auto const& each) { return !each.second->is_started && !desired_.contains(each.first); }
    );
    for (auto& [secret, each] : watches_)
        if (!each->is_stopping && !desired_.contains(secret))
        {
            each->is_stopping = true;
            each->running.cancel();
        }
    for (auto const& secret : desired_)
        if (!watches_.contains(secret))
            watches_.emplace(secret, std::make_unique<watch>(*this, secret));
    added_.notify();
}

task<void> secret_watches::run()
{
    task_group parts(executor_);
    parts.spawn(start_watches(parts));
    co_await parts.join();
}

task<void> secret_watches::start_watches(task_group& parts)
{
    for (;;)
    {
        auto const state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            co_return;
        for (auto& [secret, each] : watches_)
            if (!std::exchange(each->is_started, true))
                parts.spawn(run_watch(secret));
        co_await added_.wait();
    }
}

/// Runs a watch until it is stopped, then removes it.
task<void> secret_watches::run_watch(std::string secret)
{
    auto& which = *watches_.at(secret);
    if (!which.is_stopping)
    {
        which.running.spawn(which.watcher.run());
        co_await which.running.join();
    }
    ended_ += which.watcher.summary().statistics;
    unreadable_.clear(which.watcher.name());
    watches_.erase(secret);
    // If the name is desired again, start a new watch.
    update();
}

bool secret_watches::has_listed(std::string_view secret) const
{
    auto const known = watches_.find(desired_.contains("") ? std::string_view() : secret);
    return known != watches_.end() && !known->second->is_stopping && known->second->watcher.is_synced();
}

void secret_watches::set_resync_period(std::chrono::milliseconds period)
{
    options_.resync_period = period;
    for (auto& [secret, each] : watches_)
        each->watcher.set_resync_period(period);
}

runtime::watch_summary secret_watches::summary() const
{
    auto const now = std::chrono::steady_clock::now();
    runtime::watch_summary all{"secrets", has_access_, ended_, 0, now, now};
    for (auto const& [secret, each] : watches_)
    {
        auto const one = each->watcher.summary();
        if (each->is_stopping)
            all.statistics += one.statistics;
        else
            all += one;
    }
    return all;
}

}  // namespace tcr::controller
