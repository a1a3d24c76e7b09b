#pragma once

#include <tcr/kube/client.hpp>
#include <tcr/runtime/cpu_pace.hpp>
#include <tcr/runtime/leadership.hpp>
#include <tcr/util/notifier.hpp>

#include <string>
#include <string_view>

namespace tcr::runtime
{

/// The API server for those who write: a request goes out only while this process leads.
///
/// Checked when the request's first byte is about to be written, not when it is made: a connection may take
/// long to open, and the process may have been asleep in between.
class fenced_client final : private net::start_gate
{
public:
    /// `client`, `held` and `pace` must outlive it; without a pace a write begins when it is asked for.
    fenced_client(
        asio::any_io_executor executor, kube::client& client, leadership const& held, cpu_pace* pace = nullptr
    )
        : client_(client), held_(held), pace_(pace), news_(executor)
    {
    }

    /// As `kube::client::fetch`. \par Errors also `net::errc::too_late` where the leadership is over.
    task<result<std::string>> fetch(net::http_request request, std::string_view doing);

    /// As `kube::client::send` with limits of our own. \par Errors also `net::errc::too_late`.
    task<result<void>> send(net::http_request request, net::body_sink& sink, std::string_view doing);

    /// As `kube::client::list`, which reads, whoever leads.
    task<result<void>> list(
        kube::resource const& type,
        kube::selection const& which,
        kube::object_reader& reader,
        std::string_view doing
    )
    {
        return client_.list(type, which, reader, doing);
    }

    /// Lets no further request begin, whoever leads, and returns when those under way have ended, or after `limit`.
    /// \return whether they have. \par Cancellation terminal. One caller at a time.
    task<bool> drain(std::chrono::milliseconds limit);

private:
    task<void> wait_for_pace();
    bool is_open() const override;

    kube::client& client_;
    leadership const& held_;
    cpu_pace* pace_;
    notifier news_;
    std::size_t under_way_ = 0;
    bool is_closed_ = false;
};

}  // namespace tcr::runtime
