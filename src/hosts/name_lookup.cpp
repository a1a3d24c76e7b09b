#include <tcr/hosts/name_lookup.hpp>
#include <tcr/util/notifier.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>

namespace tcr::hosts
{

/// Outlives its caller, because getaddrinfo cannot be cancelled.
struct name_lookup::query
{
    explicit query(asio::any_io_executor executor) : answered(executor) {}

    notifier answered;
    std::vector<std::string> addresses;
};

task<std::vector<host_entry>> name_lookup::find_resolved(
    std::vector<host_entry> entries, std::chrono::steady_clock::time_point deadline
)
{
    std::vector<host_entry> found;
    for (auto const& entry : entries)
    {
        if (is_query_in_flight() || std::chrono::steady_clock::now() >= deadline)
            break;
        query_ = std::make_shared<query>(executor_);
        // An absolute name: the search list is not applied, which would need several queries.
        resolver_.async_resolve(
            entry.domain + ".",
            "",
            asio::ip::resolver_base::flags(),
            [shared =
                 query_](boost::system::error_code ec, asio::ip::tcp::resolver::results_type const& answers)
            {
                if (!ec)
                    for (auto const& each : answers)
                        shared->addresses.push_back(each.endpoint().address().to_string());
                shared->answered.notify();
            }
        );
        co_await query_->answered.wait_until(deadline);
        auto const state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            break;
        auto const& seen = query_->addresses;
        if (std::find(seen.begin(), seen.end(), entry.address) != seen.end())
            found.push_back(entry);
    }
    co_return found;
}

}  // namespace tcr::hosts
