// SPDX-License-Identifier: Apache-2.0
#include <tcr/hosts/file_events.hpp>

#include <boost/asio/this_coro.hpp>

#include <sys/inotify.h>
#include <unistd.h>

#include <array>

namespace tcr::hosts
{
namespace
{

constexpr std::uint32_t in_folder = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                    IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
/// IN_ATTRIB also reports a changed number of hard links.
constexpr std::uint32_t in_file = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

/// Reads the next events into a buffer. Sets `is_moved` as documented in `file_events`. \return whether there
/// was an event.
bool take_events(int inotify, bool& is_moved)
{
    alignas(inotify_event) std::array<char, 4096> buffer;
    auto const size = read(inotify, buffer.data(), buffer.size());
    for (auto rest = size; rest > 0;)
    {
        auto const* const event = reinterpret_cast<inotify_event const*>(buffer.data() + (size - rest));
        // After an overflow of the queue, any event may have been lost.
        is_moved =
            is_moved || (event->mask & (IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_Q_OVERFLOW)) != 0;
        rest -= static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
    return size > 0;
}

}  // namespace

file_events::file_events(asio::any_io_executor executor, std::function<void(bool)> on_event)
    : inotify_(executor), on_event_(std::move(on_event))
{
    int const fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd >= 0)
        inotify_.assign(fd);
}

void file_events::watch(std::filesystem::path const& file)
{
    if (!works())
        return;
    // Adding the same file again has no effect. If the file is missing, the events of its folder report its
    // creation.
    auto folder = file.parent_path();
    if (folder.empty())
        folder = ".";
    inotify_add_watch(inotify_.native_handle(), folder.c_str(), in_folder);
    inotify_add_watch(inotify_.native_handle(), file.c_str(), in_file);
}

task<void> file_events::run()
{
    while (works())
    {
        auto const [ec] = co_await inotify_.async_wait(asio::posix::stream_descriptor::wait_read, use_tuple);
        if (ec)
            co_return;
        bool is_moved = false;
        while (take_events(inotify_.native_handle(), is_moved))
            continue;
        on_event_(is_moved);
    }
}

}  // namespace tcr::hosts
