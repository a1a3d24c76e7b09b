#pragma once

// Access to Tencent Cloud and registries.

#include <tcr/app/options.hpp>
#include <tcr/credentials/instance_directory.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/net/web_client.hpp>
#include <tcr/registry/cloud_client.hpp>
#include <tcr/registry/cloud_identity.hpp>
#include <tcr/util/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace tcr::app
{

/// How the process reaches Tencent Cloud and registries, and its identity there. Opens no connection before a
/// request needs one.
struct cloud_access
{
    /// \par Errors `kube::errc::bad_config`: the CA file cannot be used.
    /// \par Lifetimes `log` must outlive it.
    static result<std::unique_ptr<cloud_access>> make(
        asio::any_io_executor executor, cloud_command const& command, logger& log
    );

    cloud_access(
        asio::any_io_executor executor,
        std::shared_ptr<asio::ssl::context> tls,
        cloud_command const& command,
        logger& log
    );

    net::web_client web;
    registry::cloud_identity identity;
    registry::cloud_client client;
    credentials::instance_directory directory;
};

}  // namespace tcr::app
