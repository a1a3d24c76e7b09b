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

/// Stands between a controller and its API server, ends TLS, and does what real networks and servers do at their
/// worst. One for each replica, so that it is known who was hit and who asked for what.
///
/// All calls may come from any thread but the filters' and hooks' own, which run in the proxy's thread while
/// nothing passes. `heal` takes back what goes on; a connection that went half-open or silent stays so until its
/// client gives it up.
class fault_proxy
{
public:
    /// In front of the sandbox's API server (or the one that listens on `server_port`), with that server's own
    /// certificate. `seed` is for `fault_rule::chance`.
    explicit fault_proxy(sandbox const& where, unsigned short server_port = 0, unsigned seed = 1);
    ~fault_proxy();
    fault_proxy(fault_proxy const&) = delete;
    fault_proxy& operator=(fault_proxy const&) = delete;

    unsigned short port() const { return loop_.port(); }

    /// Does this to requests from now on, until `heal`.
    void inject(fault_rule rule);

    /// Does this to every watch that streams now. \return how many there were.
    std::size_t disturb_watches(fault const& what);

    /// Watches that stream now and are not silent.
    std::size_t open_watches() const;

    /// Loses one event: the `which_one`-th, from 1, of those that `which` accepts, over all watches from now on.
    void lose_event(std::size_t which_one, event_filter which = is_plain_event);

    /// Events of that kind that passed since (from the start, where `lose_event` was never called).
    std::size_t events() const;

    /// The event that was lost, as the server sent it; empty as long as none was.
    std::string lost_event() const;

    /// Calls `act` once, in the proxy's thread, when the server has answered the `which_one`-th write, from 1, of
    /// those that `which` accepts, and before the answer goes on. The place to kill who waits for it.
    void after_write(std::size_t which_one, std::function<void()> act, request_filter which = is_plain_write);

    /// Writes of that kind that were answered since (from the start, where `after_write` was never called).
    std::size_t writes() const;

    /// Connections stay, nothing passes, nothing is lost: what was held passes at `heal`.
    void freeze();

    /// The same for what watches say; requests and their answers pass.
    void hold_watches();

    /// Every request and answer from now on goes nowhere, on connections new and old.
    void swallow_all();

    /// All connections are reset and new ones refused, until `heal`.
    void cut();

    /// All connections are reset; new ones are welcome.
    void break_connections();

    /// Shows another certificate from now on, and resets what was opened with the old one. PEM files.
    void use_certificate(std::filesystem::path const& chain, std::filesystem::path const& key);

    /// No rule, no freeze, no cut any more.
    void heal();

    /// The requests so far, in the order of their answers.
    std::vector<seen_request> requests() const;
    void forget_requests();

    /// The faults so far by kind, and as a line of a report.
    std::map<std::string, std::size_t> injected() const;
    std::string report() const;

private:
    void admit();
    void break_all();
    std::size_t for_each(std::function<bool(proxy_connection&)> const& act) const;

    // Used in the loop's thread alone.
    std::shared_ptr<asio::ssl::context> identity_;
    proxy_state state_;
    std::list<std::weak_ptr<proxy_connection>> connections_;
    bool is_cut_ = false;
    mutable proxy_loop loop_;
};

}  // namespace tcr::test
