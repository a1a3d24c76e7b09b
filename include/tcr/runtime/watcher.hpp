#pragma once

#include <tcr/kube/client.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/reflector.hpp>
#include <tcr/runtime/watch_state.hpp>
#include <tcr/util/async.hpp>

#include <functional>
#include <random>
#include <string>

namespace tcr::runtime
{

struct watcher_options
{
    std::uint32_t page_size = 500;            ///< objects a list page
    std::chrono::seconds watch_timeout{290};  ///< the server ends a watch after this; spread by ±10 %
    std::chrono::seconds idle_margin{30};  ///< silence past the server's own end that means a dead connection
    std::chrono::seconds bookmark_silence{150};    ///< longest silence on a watch: bookmarks come every 60 s
    std::chrono::milliseconds list_limit{60'000};  ///< one page
    backoff_policy backoff{std::chrono::milliseconds{250}, std::chrono::milliseconds{10'000}};
};

/// Lists and watches one resource type for ever, feeding a reflector.
class watcher
{
public:
    /// All references must outlive the watcher. `on_synced` is called after each complete list.
    watcher(
        kube::client& client,
        kube::resource type,
        kube::selection which,
        reflector& target,
        watcher_options options,
        logger& log,
        std::function<void()> on_synced
    );

    /// Runs until cancelled. Every failure is logged once and retried. \par Cancellation terminal.
    task<void> run();

    /// Whether a complete list has been received since the start.
    bool is_synced() const { return synced_; }

    std::string const& name() const { return type_.plural; }

private:
    task<result<void>> fetch_page(
        kube::list_decoder& page, std::uint32_t limit, std::string const& continue_token
    );
    task<void> list_page();
    task<void> probe();
    task<void> watch();
    void report(error const& failure);

    kube::client& client_;
    kube::resource type_;
    kube::selection which_;
    reflector& target_;
    watcher_options options_;
    logger& log_;
    std::function<void()> on_synced_;
    watch_state state_;
    kube::list_decoder list_;
    kube::watch_decoder events_;
    std::minstd_rand random_{std::random_device{}()};
    std::string last_report_;
    bool synced_ = false;
};

}  // namespace tcr::runtime
