#pragma once

#include <tcr/kube/client.hpp>
#include <tcr/runtime/leadership.hpp>

#include <string>
#include <string_view>

namespace tcr::runtime
{

/// The API server for those who write: a request goes out only while this process leads.
///
/// Checked when the request's first byte is about to be written, not when it is made: a connection may take
/// long to open, and the process may have been asleep in between.
class fenced_client
{
public:
    /// Both must outlive it.
    fenced_client(kube::client& client, leadership const& held) : client_(client), held_(held) {}

    /// As `kube::client::fetch`. \par Errors also `net::errc::too_late` where the leadership is over.
    task<result<std::string>> fetch(net::http_request request, std::string_view doing)
    {
        return client_.fetch(std::move(request), doing, fenced());
    }

    /// As `kube::client::send`. \par Errors also `net::errc::too_late` where the leadership is over.
    task<result<void>> send(net::http_request request, net::body_sink& sink, std::string_view doing)
    {
        return client_.send(std::move(request), sink, fenced(), doing);
    }

private:
    net::time_limits fenced() const
    {
        net::time_limits limits;
        limits.start_before = held_.until();
        return limits;
    }

    kube::client& client_;
    leadership const& held_;
};

}  // namespace tcr::runtime
