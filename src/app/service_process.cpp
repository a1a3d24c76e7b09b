// SPDX-License-Identifier: Apache-2.0
#include "service_process.hpp"

#include "event_loop.hpp"
#include "failures.hpp"
#include <tcr/metrics/exposition.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <csignal>
#include <cstdlib>
#include <utility>

namespace tcr::app
{

service_process::service_process(logger& log, bool handles_reload) : log_(log), signals_(loop_)
{
    for (int number : {SIGTERM, SIGINT, SIGUSR1})
        signals_.add(number);
    if (handles_reload)
        signals_.add(SIGHUP);
}

result<void> service_process::listen(service_pages pages)
{
    net::http_router metrics;
    metrics.get(
        "/metrics",
        [text = std::move(pages.metrics)](auto const&)
        {
            net::server_response page;
            page.content_type = metrics::exposition::content_type;
            page.body = text();
            return page;
        }
    );
    net::http_router probes;
    for (bool const is_readiness : {false, true})
    {
        std::string const name = is_readiness ? "readyz" : "healthz";
        probes.get(
            "/" + name,
            [name, is_readiness, health = pages.health](auto const& request)
            { return health_page(name, health(is_readiness), request); }
        );
    }
    auto listening = listen_on(pages.metrics_bind_address, "--metrics-bind-address", std::move(metrics));
    if (!listening)
        return listening;
    return listen_on(pages.health_probe_bind_address, "--health-probe-bind-address", std::move(probes));
}

/// Adds a server for `pages`; none if `address` is "0". `flag` is the flag that sets `address`. Errors begin
/// with this flag.
result<void> service_process::listen_on(
    std::string const& address, std::string_view flag, net::http_router pages
)
{
    auto const where = net::parse_bind_address(address);
    if (!where)
        return where.error().with_prefix(flag);
    if (!*where)
        return {};
    auto server = net::http_server::listen(executor(), **where, std::move(pages), log_);
    if (!server)
        return server.error().with_prefix(flag);
    servers_.push_back(std::move(*server));
    return {};
}

void service_process::spawn_servers(task_group& parts)
{
    for (auto const& server : servers_)
        parts.spawn(server->run());
}

bool service_process::run(task<void> work, service_hooks hooks)
{
    hooks_ = std::move(hooks);
    auto const ended = [this](std::exception_ptr failure)
    {
        note_end(failure);
        signals_.cancel();
        if (hooks_.on_end)
            hooks_.on_end();
    };
    asio::co_spawn(loop_, std::move(work), asio::bind_cancellation_slot(stop_work_.slot(), ended));
    asio::co_spawn(loop_, handle_signals(), [this](std::exception_ptr failure) { note_end(failure); });
    if (!run_event_loop(loop_, meter_, max_turn_from_environment(), log_))
        failed_ = true;
    return !failed_;
}

void service_process::set_level(log_level level)
{
    if (level_without_debug_)
        level_without_debug_ = level;
    else
        log_.set_level(level);
}

task<void> service_process::handle_signals()
{
    bool is_stopping = false;
    for (;;)
    {
        auto const [ec, number] = co_await signals_.async_wait(use_tuple);
        if (ec)
            co_return;
        if (number == SIGUSR1)
            toggle_debug();
        else if (number == SIGHUP)
        {
            if (hooks_.on_reload)
                hooks_.on_reload();
        }
        else if (is_stopping)
        {
            log_.warning("second signal; exiting at once", {{"signal", number}});
            std::_Exit(1);
        }
        else
        {
            log_.info("stopping the process", {{"signal", number}});
            is_stopping = true;
            asio::co_spawn(loop_, stop(), [this](std::exception_ptr failure) { note_end(failure); });
        }
    }
}

task<void> service_process::stop()
{
    // Cancel the work also if the hook throws.
    struct cancel_work
    {
        ~cancel_work() { work.emit(asio::cancellation_type::terminal); }
        asio::cancellation_signal& work;
    };
    cancel_work const at_end{stop_work_};
    if (hooks_.before_stop)
        co_await hooks_.before_stop();
}

void service_process::toggle_debug()
{
    if (level_without_debug_)
    {
        log_.info("log level debug is off");
        log_.set_level(*level_without_debug_);
        level_without_debug_.reset();
        return;
    }
    level_without_debug_ = log_.level();
    log_.set_level(log_level::debug);
    log_.info("log level debug is on; SIGUSR1 turns it off again");
}

void service_process::note_end(std::exception_ptr failure)
{
    if (log_failure(log_, failure))
        failed_ = true;
}

}  // namespace tcr::app
