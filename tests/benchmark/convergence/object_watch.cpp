// SPDX-License-Identifier: Apache-2.0
#include "object_watch.hpp"

#include "load.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

namespace tcr::benchmark
{
namespace
{

/// Duration of the watch, longer than any measurement.
constexpr std::chrono::seconds longest{3600};

}  // namespace

object_watch::object_watch(
    asio::io_context& loop,
    kube::client& client,
    kube::resource type,
    kube::selection which,
    kube::object_reader& reader
)
    : loop_(loop), client_(client), type_(std::move(type)), which_(std::move(which)), events_(reader)
{
    run_to_end(loop_, [&] { return find_present(); });
    asio::co_spawn(
        loop_,
        watch(),
        asio::bind_cancellation_slot(
            stop_.slot(),
            [this](std::exception_ptr thrown)
            {
                has_ended_ = true;
                if (thrown)
                    why_ = "cancelled";
            }
        )
    );
}

object_watch::~object_watch()
{
    stop_.emit(asio::cancellation_type::terminal);
    loop_.restart();
    while (!has_ended_ && loop_.run_one() > 0)
        continue;
}

void object_watch::require_open() const
{
    if (has_ended_)
        throw std::runtime_error("the watch of " + type_.plural + " has ended: " + why_);
}

task<void> object_watch::find_present()
{
    kube::meta_reader ignore;
    kube::list_decoder page(ignore);
    page.begin_page();
    auto request = kube::list_request(type_, which_, 1, {});
    net::time_limits limits;
    auto const sent = co_await client_.send(std::move(request), page, limits, "cannot list");
    if (!sent)
        throw std::runtime_error(sent.error().message());
    from_ = page.resource_version();
}

task<void> object_watch::watch()
{
    events_.begin_watch(from_);
    auto request = kube::watch_request(type_, which_, std::to_string(from_), longest);
    net::time_limits limits;
    limits.whole = longest;
    auto const sent = co_await client_.send(std::move(request), events_, limits, "cannot watch");
    why_ = "by the server";
    if (!sent)
        why_ = sent.error().message();
    else if (events_.failure())
        why_ = events_.failure()->message;
}

}  // namespace tcr::benchmark
