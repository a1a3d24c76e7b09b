// SPDX-License-Identifier: Apache-2.0
#pragma once

// A client that writes to the cluster only while this process leads. The controller sends all writes through
// this client, except writes of the lease.

#include <tcr/kube/client.hpp>
#include <tcr/runtime/cpu_pace.hpp>
#include <tcr/runtime/leadership.hpp>
#include <tcr/util/notifier.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tcr::runtime
{

/// Whether a write may have to wait, so that the process stays below its CPU limit.
enum class pacing
{
    by_cpu_limit,
    none  ///< does not wait, because another program waits for this write
};

/// Sends a write only while this process leads.
///
/// The client checks the lease immediately before it writes the first byte of the request. A check when the
/// request is made would be too early: opening a connection may take long, and the process may be suspended
/// meanwhile.
class fenced_client final : private net::write_gate
{
public:
    /// `client` and `held` must outlive this object. Writes are slowed down (see `cpu_pace`) only if
    /// `cpu_limit` is less than one CPU.
    fenced_client(
        asio::any_io_executor executor,
        kube::client& client,
        leadership const& held,
        std::optional<double> const& cpu_limit = std::nullopt
    )
        : client_(client), held_(held), pace_(cpu_pace::below(cpu_limit)), ended_(executor)
    {
        limits_.gate = this;
    }

    // `limits_` and requests in flight refer to this object.
    fenced_client(fenced_client const&) = delete;
    fenced_client& operator=(fenced_client const&) = delete;

    /// As `kube::client::fetch`. \par Errors also `net::errc::gate_closed` if this process does not lead or
    /// `drain` has begun.
    task<result<std::string>> fetch(
        net::http_request request, std::string_view doing, pacing how = pacing::by_cpu_limit
    );

    /// As `kube::client::send`. \par Errors also `net::errc::gate_closed`, as for `fetch`.
    task<result<void>> send(net::http_request request, net::body_sink& sink, std::string_view doing);

    /// As `kube::client::list`. Needs no leadership, and works after `drain`, too.
    task<result<void>> list(
        kube::resource const& type,
        kube::selection const& which,
        kube::object_reader& reader,
        std::string_view doing
    )
    {
        return client_.list(type, which, reader, doing);
    }

    /// Stops sending requests of `fetch` and `send`, and waits for those in flight, for at most `limit`. One
    /// caller at a time.
    /// \return whether all requests have ended. \par Cancellation terminal.
    task<bool> drain(std::chrono::milliseconds limit);

    /// Whether `drain` has begun. If so, do not make an object such as a token: it could no longer be stored
    /// in the cluster.
    bool is_draining() const { return is_draining_; }

private:
    task<void> wait_for_pace();
    bool is_open() const override;

    kube::client& client_;
    leadership const& held_;
    std::optional<cpu_pace> pace_;
    net::time_limits limits_;
    notifier ended_;
    std::size_t in_flight_ = 0;
    bool is_draining_ = false;
};

}  // namespace tcr::runtime
