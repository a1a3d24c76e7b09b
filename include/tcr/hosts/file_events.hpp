#pragma once

// Reports changes of a file by inotify(7).

#include <tcr/util/async.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <filesystem>
#include <functional>

namespace tcr::hosts
{

/// Reports that a file may have changed, by the kernel's inotify(7). The caller must compare the file itself,
/// and also do so at intervals without an event, since inotify has limits.
class file_events
{
public:
    /// `on_event` is called in the event loop, once for all events since the last call. `is_moved`: events
    /// were lost, or a watched file itself was moved, deleted, or got other names or attributes, which its
    /// time stamp does not show. It is never called if the kernel gives no inotify instance
    /// (fs.inotify.max_user_instances).
    file_events(asio::any_io_executor executor, std::function<void(bool is_moved)> on_event);

    /// Watches the file, which may be a separate mount, and its folder: there the file may be replaced, and
    /// there kubelet replaces the link to the content of a ConfigMap's volume. Call it again whenever the
    /// path may lead to another file.
    void watch(std::filesystem::path const& file);

    /// Whether the kernel gave an inotify instance.
    bool works() const { return inotify_.is_open(); }

    /// Forwards events until cancelled. \par Cancellation terminal.
    task<void> run();

private:
    asio::posix::stream_descriptor inotify_;
    std::function<void(bool)> on_event_;
};

}  // namespace tcr::hosts
