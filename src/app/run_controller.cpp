#include <tcr/app/run_controller.hpp>
#include <tcr/app/run_loop.hpp>
#include <tcr/controller/controller.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/kube/config.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>

#include <csignal>

namespace tcr::app
{
namespace
{

/// One line that tells what the run cost the API server.
void log_answers(logger& log, kube::client const& client)
{
    for (auto const& [what, count] : client.answers())
        log.info("API calls", {{"method", what.first}, {"status", what.second}, {"count", count}});
}

}  // namespace

int run_controller(controller_command const& command)
{
    logger log(stderr, command.level, command.format);
    auto config = kube::load_config(command.cluster);
    if (!config)
    {
        log.error("cannot start", {{"why", config.error().message()}});
        return 2;
    }
    asio::io_context loop(1);
    auto client = kube::client::make(loop.get_executor(), *config, command.client);
    if (!client)
    {
        log.error("cannot start", {{"why", client.error().message()}});
        return 2;
    }
    log.info(
        "starting",
        {{"version", TCR_VERSION}, {"server", config->server.authority()}, {"configuration", config->source}}
    );

    controller::controller control(loop.get_executor(), **client, command.controller, log);
    asio::cancellation_signal stop;
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    signals.async_wait(
        [&](boost::system::error_code ec, int number)
        {
            if (ec)
                return;
            log.info("stopping", {{"signal", number}});
            stop.emit(asio::cancellation_type::terminal);
        }
    );
    int status = 0;
    auto ended = [&](std::exception_ptr failure)
    {
        signals.cancel();
        try
        {
            if (failure)
                std::rethrow_exception(failure);
        }
        catch (boost::system::system_error const& e)
        {
            if (e.code() == asio::error::operation_aborted)
                return;
            log.error("failed", {{"why", e.what()}});
            status = 1;
        }
        catch (std::exception const& e)
        {
            log.error("failed", {{"why", e.what()}});
            status = 1;
        }
    };
    asio::co_spawn(loop, control.run(), asio::bind_cancellation_slot(stop.slot(), ended));
    run_batched(loop);
    log_answers(log, **client);
    log.info("stopped");
    return status;
}

}  // namespace tcr::app
