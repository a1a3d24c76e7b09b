// SPDX-License-Identifier: Apache-2.0
#pragma once

// Uses inotify(7) to report changes of a file.

#include <tcr/util/async.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <filesystem>
#include <functional>

namespace tcr::hosts
{

/// Uses the kernel's inotify(7) to report that a file may have changed. The caller must check whether the
/// file has changed. Since inotify can miss changes, the caller must also check at intervals.
class file_events
{
public:
    /// `run` calls `on_event` once for all events since the last call. `is_moved` is true if the file's stamp
    /// may not show the change, for one of these reasons:
    /// - The kernel lost events.
    /// - The watched file or folder was moved or deleted.
    /// - The file's attributes or number of hard links changed.
    ///
    /// If the kernel grants no inotify instance (fs.inotify.max_user_instances), `on_event` is never called.
    file_events(asio::any_io_executor executor, std::function<void(bool is_moved)> on_event);

    /// Watches the file, which may be a separate mount, and its folder. Events of the folder show that the
    /// file was replaced, or that kubelet replaced the link to the content of a ConfigMap's volume. The
    /// caller must call this function again whenever the path may lead to another file.
    void watch(std::filesystem::path const& file);

    /// Whether the kernel granted an inotify instance.
    bool works() const { return inotify_.is_open(); }

    /// Reports events until cancelled. Ends at once without an inotify instance. \par Cancellation terminal.
    task<void> run();

private:
    asio::posix::stream_descriptor inotify_;
    std::function<void(bool)> on_event_;
};

}  // namespace tcr::hosts
