#pragma once

#include <tcr/util/async.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <filesystem>
#include <functional>

namespace tcr::hosts
{

/// Tells at once that something may have happened to a file, by the kernel's inotify(7). What has happened,
/// whoever is told finds out by a look at the file; and since inotify has limits, he also looks without being
/// told, now and then.
class file_events
{
public:
    /// `on_event` is called in the loop, once for all that happened since, with whether a watched file itself
    /// was moved, removed, or given other names or attributes: its time stamp does not tell that. Where the
    /// kernel gives no inotify instance (fs.inotify.max_user_instances) it never is.
    file_events(asio::any_io_executor executor, std::function<void(bool is_moved)> on_event);

    /// Watches the file, which may be mounted by itself, and its folder, where it may be replaced, and where
    /// kubelet turns the link to what a ConfigMap's volume holds. To be called again whenever the file may be
    /// another one.
    void watch(std::filesystem::path const& file);

    /// Whether the kernel tells anything.
    bool works() const { return inotify_.is_open(); }

    /// Hands events on, until cancelled. \par Cancellation terminal.
    task<void> run();

private:
    asio::posix::stream_descriptor inotify_;
    std::function<void(bool)> on_event_;
};

}  // namespace tcr::hosts
