// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides which connection carries a request, how long to wait for an answer, and when to send a request
// again.

#include "exchange.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace tcr::net
{

/// The idle connections of one client. Has no clock: the caller passes the time. `Connection` has
/// `is_quiet()`, as `client_connection` does.
template <class Connection>
class connection_pool
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit connection_pool(std::size_t max) : max_(max) {}

    /// Takes a connection out of the pool and returns it; null if no connection is usable. Takes the most
    /// recently used one, so that a client with few requests keeps few connections. Closes the connections
    /// that it finds unusable: those that the server has closed, and those with unread input, which the
    /// client would mistake for the next answer.
    std::unique_ptr<Connection> take()
    {
        while (!idle_.empty())
        {
            auto link = std::move(idle_.back().link);
            idle_.pop_back();
            if (link->is_quiet())
                return link;
        }
        return nullptr;
    }

    /// Adds a connection. Closes it instead if the pool is full or the connection was opened in an earlier
    /// generation.
    void put(std::unique_ptr<Connection> link, unsigned opened_in, time_point now)
    {
        if (opened_in == generation_ && idle_.size() < max_)
            idle_.push_back({std::move(link), now});
    }

    void close_unused_since(time_point oldest)
    {
        std::erase_if(idle_, [&](auto const& each) { return each.last_used < oldest; });
    }

    void close_all() { idle_.clear(); }

    /// Closes all idle connections. Later calls of `put` also close connections opened before this call.
    void begin_generation()
    {
        ++generation_;
        close_all();
    }
    unsigned generation() const { return generation_; }

private:
    struct entry
    {
        std::unique_ptr<Connection> link;
        time_point last_used;
    };

    std::size_t max_;
    std::vector<entry> idle_;
    unsigned generation_ = 0;
};

/// Whether the client sends a failed request again on another connection: true if a reused connection failed
/// before any byte of the answer arrived. The server probably closed the connection before it received the
/// request. False after a time-out or a cancellation.
inline bool is_sent_again(exchange_end const& failed, bool was_reused, bool timed_out)
{
    return was_reused && !failed.answered && !timed_out && failed.ec != asio::error::operation_aborted;
}

/// Returns when to stop waiting for the next byte: `idle` after `now`, but not after `latest`, the limit of
/// the whole exchange. If `idle` is zero, only `latest` applies.
inline std::chrono::steady_clock::time_point wait_limit(
    std::chrono::steady_clock::time_point latest,
    std::chrono::milliseconds idle,
    std::chrono::steady_clock::time_point now
)
{
    return idle.count() > 0 ? std::min(latest, now + idle) : latest;
}

}  // namespace tcr::net
