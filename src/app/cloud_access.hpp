// SPDX-License-Identifier: Apache-2.0
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

/// The clients of Tencent Cloud and registries, and the process's identity at Tencent Cloud. Opens a
/// connection only when a request needs it.
struct cloud_access
{
    /// \par Errors `kube::errc::bad_config`: the CA file cannot be read, or has no valid certificate.
    /// \par Lifetimes `log` must outlive the cloud_access.
    static result<std::unique_ptr<cloud_access>> make(
        asio::any_io_executor executor, cloud_command const& command, logger& log
    );

    cloud_access(
        asio::any_io_executor executor,
        std::shared_ptr<asio::ssl::context> tls,
        net::web_options options,
        cloud_command const& command,
        logger& log
    );

    net::web_client web;
    registry::cloud_identity identity;
    registry::cloud_client client;
    credentials::instance_directory directory;
};

}  // namespace tcr::app
