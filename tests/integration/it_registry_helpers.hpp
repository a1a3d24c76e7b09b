// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fake_tcr/fake_tcr.hpp"
#include "memory_log.hpp"
#include "temporary_folder.hpp"
#include <tcr/net/certificate.hpp>
#include <tcr/net/http_server.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/net/web_client.hpp>
#include <tcr/registry/cloud_client.hpp>
#include <tcr/registry/cloud_identity.hpp>
#include <tcr/registry/credential_probe.hpp>
#include <tcr/registry/errc.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tcr::test
{

using namespace std::chrono_literals;
using std::chrono::system_clock;

/// Clock of our client or of the fake. Each can have its own offset.
struct shifted_clock
{
    std::chrono::seconds ahead{0};
    system_clock::time_point operator()() const { return system_clock::now() + ahead; }
};

/// A fake cloud on 127.0.0.1 (HTTP and HTTPS) and our client for it. Both run in one loop.
class cloud_fixture
{
public:
    cloud_fixture() : fake(make_settings())
    {
        net::certificate_request wanted;
        wanted.common_name = "fake cloud";
        wanted.names = {"127.0.0.1"};
        wanted.not_before = system_clock::now() - 1h;
        wanted.not_after = system_clock::now() + 1h;
        certificate = net::issue_certificate(wanted).value();
        auto const context =
            net::make_server_context(certificate.certificate_pem, certificate.key_pem).value();
        http_port = serve({});
        https_port = serve([context] { return context; });
        net::tls_identity trust;
        trust.ca_pem = certificate.ca_pem;
        web = std::make_unique<net::web_client>(
            loop.get_executor(), net::make_client_context(trust).value(), web_settings
        );
        variables = {{"TENCENTCLOUD_SECRET_ID", "AKIDfake"}, {"TENCENTCLOUD_SECRET_KEY", "fake-secret-key"}};
        web_identity_file = fake.settings().web_identity_file;
    }
    ~cloud_fixture()
    {
        client.reset();
        identity.reset();
        for (auto& each : servers_)
            each.stop.emit(asio::cancellation_type::terminal);
        loop.restart();
        loop.run_for(10s);
        BOOST_TEST(ended_ == servers_.size());
        for (std::string_view secret : {"fake-secret-key", "session-key-", "session-token-", "web-identity-"})
            BOOST_TEST(lines.text().find(secret) == std::string::npos);
    }
    cloud_fixture(cloud_fixture const&) = delete;
    cloud_fixture& operator=(cloud_fixture const&) = delete;

    std::string url(std::string const& path = "/") const
    {
        return "http://127.0.0.1:" + std::to_string(http_port) + path;
    }

    /// Returns the client. The first call creates the client from the current settings.
    registry::cloud_client& cloud()
    {
        if (client)
            return *client;
        registry::identity_sources sources;
        sources.variable = [this](std::string const& name) -> std::optional<std::string>
        {
            auto const found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        };
        sources.sts_url = sts_url.empty() ? url() : sts_url;
        sources.metadata_url = metadata_url;
        identity = std::make_unique<registry::cloud_identity>(
            *web, sources, lines.log, [this] { return our_clock(); }
        );
        registry::cloud_options options;
        options.url = api_url.empty() ? url() : api_url;
        options.qps = 0;
        client = std::make_unique<registry::cloud_client>(
            *web, *identity, options, [this] { return our_clock(); }
        );
        return *client;
    }

    /// Uses the pod's identity instead of environment variables.
    void use_pod_identity(std::string const& token)
    {
        files.write("web-identity", token);
        variables = {
            {"TKE_REGION", "ap-guangzhou"},
            {"TKE_PROVIDER_ID", "cls-fake"},
            {"TKE_ROLE_ARN", "qcs::cam::uin/1:roleName/fake"},
            {"TKE_WEB_IDENTITY_TOKEN_FILE", (files.folder / "web-identity").string()}};
    }

    /// Runs the loop until the coroutine has ended. The test fails after `limit`.
    template <class T>
    result<T> wait_for(task<result<T>> work, std::chrono::seconds limit = 10s)
    {
        std::optional<result<T>> got;
        std::exception_ptr failure;
        asio::co_spawn(
            loop,
            std::move(work),
            [&](std::exception_ptr thrown, result<T> answer)
            {
                failure = thrown;
                got.emplace(std::move(answer));
            }
        );
        turn_until([&] { return got.has_value(); }, limit);
        if (failure)
            std::rethrow_exception(failure);
        return std::move(*got);
    }

    template <class Done>
    void turn_until(Done done, std::chrono::seconds limit = 10s)
    {
        auto const end = std::chrono::steady_clock::now() + limit;
        loop.restart();
        while (!done() && std::chrono::steady_clock::now() < end)
            loop.run_one_for(50ms);
        BOOST_TEST_REQUIRE(done());
    }

    result<registry::instance_token> create()
    {
        return wait_for(cloud().create_token(instance, registry::token_type::temp, {}));
    }

    asio::io_context loop{1};
    memory_log lines;
    temporary_folder files;
    shifted_clock our_clock;
    shifted_clock cloud_clock;
    fake_tcr fake;
    net::issued_certificate certificate;
    net::web_options web_settings;
    std::map<std::string, std::string> variables;
    std::filesystem::path web_identity_file;
    std::string api_url;       ///< empty: the fake's
    std::string sts_url;       ///< empty: the fake's
    std::string metadata_url;  ///< empty: none
    unsigned short http_port = 0;
    unsigned short https_port = 0;
    std::unique_ptr<net::web_client> web;
    std::unique_ptr<registry::cloud_identity> identity;
    std::unique_ptr<registry::cloud_client> client;
    registry::instance_id const instance{"tcr-dg284imq", "ap-guangzhou"};

private:
    struct running
    {
        std::unique_ptr<net::http_server> server;
        asio::cancellation_signal stop;
    };

    fake_settings make_settings()
    {
        fake_settings settings;
        registry::cloud_keys keys;
        keys.secret_id = "AKIDfake";
        keys.secret_key = "fake-secret-key";
        settings.keys.push_back(keys);
        settings.web_identity_file = files.write("accepted", "web-identity-1\n");
        settings.now = [this] { return cloud_clock(); };
        return settings;
    }

    unsigned short serve(net::tls_source tls)
    {
        net::server_options options;
        options.tls = std::move(tls);
        options.limits.keep_headers = true;
        options.limits.body = 64 * 1024;
        options.grace = 0ms;
        auto handler = [this](net::server_request const& request) { return fake(request); };
        auto& made = servers_.emplace_back();
        made.server = net::http_server::listen(
                          loop.get_executor(), {"127.0.0.1", 0}, handler, lines.log, std::move(options)
        )
                          .value();
        asio::co_spawn(
            loop,
            made.server->run(),
            asio::bind_cancellation_slot(made.stop.slot(), [this](std::exception_ptr) { ++ended_; })
        );
        return made.server->port();
    }

    std::list<running> servers_;
    std::size_t ended_ = 0;
};

inline bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace tcr::test
