// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy_loop.hpp"

#include <list>
#include <memory>
#include <string>
#include <vector>

namespace tcr::test
{

/// What a `tcp_proxy` requires and records if it is an HTTP proxy.
struct connect_rule
{
    bool is_http = false;
    std::string authorization;         ///< the required value of Proxy-Authorization; empty: any
    std::vector<std::string> servers;  ///< named by the accepted requests
};

/// A TCP proxy that can be cut: forwards bytes between its own port and other ports of 127.0.0.1, such as
/// etcd's. Uses the ports in turn, one for each connection. Thread-safe.
class tcp_proxy
{
public:
    explicit tcp_proxy(std::vector<unsigned short> target_ports);
    explicit tcp_proxy(unsigned short target_port) : tcp_proxy(std::vector{target_port}) {}

    /// Makes an HTTP proxy: each connection begins with a CONNECT request. Opens a tunnel to `target_port`,
    /// whichever server the request names. Answers 407 to requests with another `authorization`, which is
    /// the value of Proxy-Authorization; an empty one accepts all requests.
    tcp_proxy(unsigned short target_port, std::string authorization);

    ~tcp_proxy();
    tcp_proxy(tcp_proxy const&) = delete;
    tcp_proxy& operator=(tcp_proxy const&) = delete;

    unsigned short port() const { return loop_.port(); }

    /// Holds the traffic of open connections in both directions. The traffic continues at `heal`.
    void freeze();

    /// Resets all connections and refuses new ones.
    void cut();

    /// Ends a freeze or a cut.
    void heal();

    /// Changes what an HTTP proxy requires of new connections.
    void require(std::string authorization);

    /// The servers of the accepted requests so far, as "host:port". Only for an HTTP proxy.
    std::vector<std::string> servers();

private:
    struct connection;

    void admit();

    std::vector<unsigned short> target_ports_;
    std::size_t admitted_ = 0;
    connect_rule rule_;
    bool is_frozen_ = false;
    bool is_cut_ = false;
    std::list<std::weak_ptr<connection>> connections_;
    proxy_loop loop_;
};

}  // namespace tcr::test
