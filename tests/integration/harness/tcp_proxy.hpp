#pragma once

#include "proxy_loop.hpp"

#include <list>
#include <memory>
#include <vector>

namespace tcr::test
{

/// A TCP proxy that can be cut: forwards bytes between its own port and other ports of 127.0.0.1, such as
/// etcd's. Uses the ports in turn, one for each connection. Thread-safe.
class tcp_proxy
{
public:
    explicit tcp_proxy(std::vector<unsigned short> target_ports);
    explicit tcp_proxy(unsigned short target_port) : tcp_proxy(std::vector{target_port}) {}
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

private:
    struct connection;

    void admit();

    std::vector<unsigned short> target_ports_;
    std::size_t admitted_ = 0;
    bool is_frozen_ = false;
    bool is_cut_ = false;
    std::list<std::weak_ptr<connection>> connections_;
    proxy_loop loop_;
};

}  // namespace tcr::test
