#pragma once

#include <tcr/hosts/host_entry.hpp>
#include <tcr/util/async.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace tcr::hosts
{

/// Asks the system's resolver where names lead. It reads the hosts file too, so only a name that no hosts
/// file knows yet tells what DNS says: the caller chooses those.
///
/// The question is getaddrinfo's, in a thread that Asio makes at the first one; it cannot be called off.
class name_lookup
{
public:
    explicit name_lookup(asio::any_io_executor executor) : executor_(executor), resolver_(executor) {}

    /// Those entries whose domain leads to their address already. Asks one after another, until `deadline`;
    /// what has not been answered by then counts as no. \par Cancellation terminal; returns, and the next
    /// `co_await` throws.
    task<std::vector<host_entry>> ask(
        std::vector<host_entry> entries, std::chrono::steady_clock::time_point deadline
    );

    /// Whether a question is still open: until it is answered the loop does not end.
    bool is_asking() const { return open_ != nullptr && open_.use_count() > 1; }

private:
    struct question;

    asio::any_io_executor executor_;
    asio::ip::tcp::resolver resolver_;
    std::shared_ptr<question> open_;
};

}  // namespace tcr::hosts
