#include "service_process.hpp"

#include "event_loop.hpp"
#include "page_server.hpp"
#include "task_end.hpp"
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
    auto metrics_server = serve_pages(
        executor(), pages.metrics_bind_address, "--metrics-bind-address", std::move(metrics), log_
    );
    if (!metrics_server)
        return metrics_server.error();
    metrics_server_ = std::move(*metrics_server);

    net::http_router probes;
    probes.get(
        "/healthz",
        [health = pages.health](auto const& request)
        { return health_page("healthz", health(false), request); }
    );
    probes.get(
        "/readyz",
        [health = pages.health](auto const& request) { return health_page("readyz", health(true), request); }
    );
    auto health_server = serve_pages(
        executor(), pages.health_probe_bind_address, "--health-probe-bind-address", std::move(probes), log_
    );
    if (!health_server)
        return health_server.error();
    health_server_ = std::move(*health_server);
    return {};
}

void service_process::spawn_servers(task_group& parts)
{
    for (auto* server : {metrics_server_.get(), health_server_.get()})
        if (server != nullptr)
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
            log_.warning("ending at once", {{"signal", number}});
            std::_Exit(1);
        }
        else
        {
            log_.info("stopping", {{"signal", number}});
            is_stopping = true;
            asio::co_spawn(loop_, stop(), [this](std::exception_ptr failure) { note_end(failure); });
        }
    }
}

task<void> service_process::stop()
{
    // Also if the hook throws.
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
