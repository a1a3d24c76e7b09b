// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/webhook_server.hpp>
#include <tcr/util/task_group.hpp>

#include <utility>

namespace tcr::admission
{
namespace
{

certificate_policy policy_of(webhook_server_options const& options)
{
    certificate_policy policy;
    policy.names = webhook_names(options.ns, options.extra_names);
    policy.life = options.certificate_life;
    return policy;
}

net::server_options server_options_for(certificate_manager const& certificate)
{
    net::server_options options;
    options.tls = [&certificate] { return certificate.context(); };
    // The review of an UPDATE contains two objects, and etcd accepts objects up to 1.5 MiB.
    options.limits.body = 3 * 1024 * 1024;
    // Each API server keeps up to 25 idle connections (`idleConnsPerHost` in client-go's transport), and
    // opens more in a burst.
    options.max_connections = 256;
    return options;
}

}  // namespace

webhook_server::webhook_server(
    asio::any_io_executor executor,
    kube::client& client,
    runtime::fenced_client& writes,
    controller::catalog const& catalog,
    runtime::cluster_store const& store,
    std::function<bool()> is_synced,
    webhook_server_options options,
    logger& log
)
    : executor_(executor),
      log_(log),
      certificate_(executor, client, writes, options.ns, policy_of(options), options.watching, log),
      validating_(catalog, store, is_synced),
      mutating_(catalog, store, is_synced)
{
}

result<void> webhook_server::listen(net::bind_address const& address)
{
    auto server =
        net::http_server::listen(executor_, address, routes(), log_, server_options_for(certificate_));
    if (!server)
        return server.error();
    server_ = std::move(*server);
    return {};
}

net::http_router webhook_server::routes()
{
    net::http_router routes;
    routes.post(
        std::string(image_pull_secret_webhook::path),
        [this](auto const& request) { return validating_.answer(request); }
    );
    routes.post(
        std::string(service_account_webhook::path),
        [this](auto const& request) { return mutating_.answer(request); }
    );
    return routes;
}

task<void> webhook_server::run()
{
    task_group parts(executor_);
    parts.spawn(certificate_.watch());
    parts.spawn(server_->run());
    co_await parts.join();
}

}  // namespace tcr::admission
