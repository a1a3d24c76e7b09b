// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fault_plan.hpp"
#include "proxy_connection.hpp"
#include "proxy_loop.hpp"
#include "sandbox.hpp"

#include <filesystem>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace tcr::test
{

/// A proxy between a controller and its API server that terminates TLS and injects faults of real networks
/// and servers. Each replica has its own proxy, so that requests and faults are known per replica.
///
/// Thread-safe. Filters and hooks run in the proxy's thread and block its traffic: they must not call the
/// proxy. `heal` ends all lasting faults. A connection that is already half-open or silent stays so until its
/// client closes the connection.
class fault_proxy
{
public:
    /// A proxy for the API server on `server_port` (0: the sandbox's own), with that server's certificate.
    /// `seed` starts the random numbers for `fault_rule::chance`.
    explicit fault_proxy(sandbox const& where, unsigned short server_port = 0, unsigned seed = 1);
    ~fault_proxy();
    fault_proxy(fault_proxy const&) = delete;
    fault_proxy& operator=(fault_proxy const&) = delete;

    unsigned short port() const { return loop_.port(); }

    /// From now on, serves the API server below a path such as "/k8s/clusters/c-1", as Rancher does: removes
    /// the path from requests, and answers 421 to requests outside of it.
    void serve_below(std::string path);

    /// Applies a rule to the requests from now on, until `heal`.
    void inject(fault_rule rule);

    /// The number of open watches that are not silent.
    std::size_t open_watches() const;

    /// Applies a fault to all watches that `open_watches` counts, if there are exactly `wanted` of them.
    /// \return whether it did
    bool disturb_watches(fault const& what, std::size_t wanted);

    /// Drops one event: the `which_one`-th (from 1) that `which` accepts. Counts the events of all watches
    /// from now on.
    void lose_event(std::size_t which_one, event_filter which = is_plain_event);

    /// The number of events that the filter of `lose_event` accepted since that call. Without a call, the
    /// number of plain events since the start.
    std::size_t events() const;

    /// The dropped event as the server sent it; empty if none was dropped.
    std::string lost_event() const;

    /// Calls `act` once in the proxy's thread: after the server has answered the `which_one`-th write (from
    /// 1) that `which` accepts, and before the proxy forwards the answer. For example, `act` kills the client
    /// that waits for the answer.
    void after_write(std::size_t which_one, std::function<void()> act, request_filter which = is_plain_write);

    /// The number of answered writes that the filter of `after_write` accepted since that call. Without a
    /// call, the number of plain writes since the start.
    std::size_t writes() const;

    /// Holds all traffic on open connections. The traffic continues at `heal` without loss.
    void freeze();

    /// Holds the events of watches until `heal`. Requests and their answers pass.
    void hold_watches();

    /// Discards every request and answer from now on, on new and existing connections.
    void swallow_all();

    /// Resets all connections and refuses new ones, until `heal`.
    void cut();

    /// Resets all connections and accepts new ones.
    void break_connections();

    /// Uses another certificate (PEM files) from now on, and resets all connections that used the old one.
    void use_certificate(std::filesystem::path const& chain, std::filesystem::path const& key);

    /// Removes all rules and ends every freeze, hold, swallow or cut.
    void heal();

    /// The requests so far, in the order of their answers.
    std::vector<seen_request> requests() const;
    void forget_requests();

    /// The number of injected faults by kind: as a map, and as one line for a report.
    std::map<std::string, std::size_t> injected() const;
    std::string report() const;

private:
    void admit();
    void break_all();
    std::size_t for_each(std::function<bool(proxy_connection&)> const& act) const;

    /// Like `open_watches`, in the thread of the proxy.
    std::size_t count_watches() const;

    // Used only in the loop's thread.
    std::shared_ptr<asio::ssl::context> identity_;
    proxy_state state_;
    std::list<std::weak_ptr<proxy_connection>> connections_;
    bool is_cut_ = false;
    mutable proxy_loop loop_;
};

}  // namespace tcr::test
