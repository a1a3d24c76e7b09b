#pragma once

// Finds names that DNS already resolves as desired.

#include <tcr/hosts/host_entry.hpp>
#include <tcr/util/async.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace tcr::hosts
{

/// Resolves names by the system's resolver. It reads the hosts file too, so its answer shows what DNS returns
/// only for a name that no hosts file has: the caller asks for such names only.
///
/// Calls getaddrinfo in a thread that Asio starts at the first query; a query cannot be cancelled.
class name_lookup
{
public:
    explicit name_lookup(asio::any_io_executor executor) : executor_(executor), resolver_(executor) {}

    /// Returns the entries whose domain already resolves to their address. Queries one after another until
    /// `deadline`; entries without an answer by then are left out. \par Cancellation terminal; returns, and
    /// the next `co_await` throws.
    task<std::vector<host_entry>> find_resolved(
        std::vector<host_entry> entries, std::chrono::steady_clock::time_point deadline
    );

    /// Whether a query is still in flight: the event loop does not end before its answer.
    bool is_query_in_flight() const { return query_ != nullptr && query_.use_count() > 1; }

private:
    struct query;

    asio::any_io_executor executor_;
    asio::ip::tcp::resolver resolver_;
    std::shared_ptr<query> query_;
};

}  // namespace tcr::hosts
