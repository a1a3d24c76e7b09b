// SPDX-License-Identifier: Apache-2.0
#include "cloud_access.hpp"

#include <tcr/kube/errc.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/util/small_file.hpp>
#include <tcr/util/strings.hpp>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <utility>

namespace tcr::app
{
namespace
{

using std::chrono::system_clock;

std::optional<std::string> environment(std::string const& name)
{
    char const* value = std::getenv(name.c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

registry::identity_sources sources_of(cloud_command const& command)
{
    registry::identity_sources sources;
    sources.variable = environment;
    sources.folder = command.key_folder;
    sources.sts_url = command.sts_endpoint;
    sources.metadata_url = command.metadata_endpoint == "0" ? "" : command.metadata_endpoint;
    return sources;
}

}  // namespace

result<std::unique_ptr<cloud_access>> cloud_access::make(
    asio::any_io_executor executor, cloud_command const& command, logger& log
)
{
    net::tls_identity trust;
    auto const name = "--cloud-ca-file " + command.ca_file.string();
    constexpr auto advice = "; write a CA certificate into it as PEM text";
    if (!command.ca_file.empty())
    {
        auto pem = read_small_file(command.ca_file, name);
        if (!pem)
            return error(kube::errc::bad_config, pem.error().detail);
        // An empty text would mean the system's CA certificates.
        if (trim(*pem).empty())
            return error(kube::errc::bad_config, name + " is empty" + advice);
        trust.ca_pem = std::move(*pem);
    }
    auto tls = net::make_client_context(trust);
    if (!tls && !trust.ca_pem.empty())
        return error(kube::errc::bad_config, name + ": " + tls.error().message() + advice);
    if (!tls)
        return tls.error();
    net::web_options options;
    options.proxies = net::proxy_settings_from_environment();
    return std::make_unique<cloud_access>(executor, std::move(*tls), std::move(options), command, log);
}

cloud_access::cloud_access(
    asio::any_io_executor executor,
    std::shared_ptr<asio::ssl::context> tls,
    net::web_options options,
    cloud_command const& command,
    logger& log
)
    : web(executor, std::move(tls), std::move(options)),
      identity(web, sources_of(command), log, system_clock::now),
      client(web, identity, {.url = command.tcr_endpoint}, system_clock::now),
      directory(client)
{
}

}  // namespace tcr::app
