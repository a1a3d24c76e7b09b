// SPDX-License-Identifier: Apache-2.0
#include "run_once.hpp"

#include "failures.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <utility>

namespace tcr::app
{

int run_once(kube::config_source const& cluster, logger& log, command_work work)
{
    auto config = kube::load_config(cluster);
    if (!config)
        return log_start_failure(log, config.error());
    asio::io_context loop(1);
    auto client = kube::client::make(loop.get_executor(), std::move(*config), {}, cluster);
    if (!client)
        return log_start_failure(log, client.error());
    int status = 1;
    asio::cancellation_signal stop;
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    signals.async_wait(
        [&](boost::system::error_code ec, int number)
        {
            if (ec)
                return;
            log.info("cancelling the command", {{"signal", number}});
            // Remove the handler, so that a second signal ends the process by its default action.
            boost::system::error_code ignored;
            signals.clear(ignored);
            stop.emit(asio::cancellation_type::terminal);
        }
    );
    auto const ended = [&](std::exception_ptr failure, int returned)
    {
        signals.cancel();
        if (!failure)
            status = returned;
        else
            log_failure(log, failure);
    };
    asio::co_spawn(loop, work(**client), asio::bind_cancellation_slot(stop.slot(), ended));
    loop.run();
    return status;
}

}  // namespace tcr::app
