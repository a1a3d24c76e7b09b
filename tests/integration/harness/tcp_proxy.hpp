#pragma once

#include "proxy_loop.hpp"

#include <list>
#include <memory>

namespace tcr::test
{

/// A wire that can be cut: passes bytes between its own port and another port of 127.0.0.1. For etcd, or whatever
/// else needs no look into the bytes. All calls may come from any thread.
class tcp_proxy
{
public:
    explicit tcp_proxy(unsigned short target_port);
    ~tcp_proxy();
    tcp_proxy(tcp_proxy const&) = delete;
    tcp_proxy& operator=(tcp_proxy const&) = delete;

    unsigned short port() const { return loop_.port(); }

    /// Connections stay, and nothing passes in either direction; what comes meanwhile passes at `heal`.
    void freeze();

    /// All connections are reset, and new ones are refused.
    void cut();

    /// Everything passes again.
    void heal();

private:
    struct wire;

    void admit();

    unsigned short target_port_;
    bool is_frozen_ = false;
    bool is_cut_ = false;
    std::list<std::weak_ptr<wire>> wires_;
    proxy_loop loop_;
};

}  // namespace tcr::test
