// SPDX-License-Identifier: Apache-2.0

// A fake of Tencent Cloud on 127.0.0.1, for tests; fake_tcr.hpp describes it.

#include "fake_tcr.hpp"
#include <tcr/net/http_server.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/registry/tc3_signature.hpp>
#include <tcr/util/small_file.hpp>
#include <tcr/util/strings.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json/parse.hpp>
#include <boost/program_options.hpp>

#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace
{

namespace asio = boost::asio;
namespace json = boost::json;
namespace po = boost::program_options;
namespace net = tcr::net;
using tcr::test::fake_tcr;

constexpr char const* help = R"(Usage: fake_tcr [OPTION]...     serves until SIGTERM or SIGINT
       fake_tcr sign            signs requests, one JSON object a line of standard input

Prints "http PORT" and, with a certificate, "https PORT" once it listens on 127.0.0.1. Tests control it by the
pages /control/state, /control/fail, /control/drop, /control/end-sessions and /control/clear.
)";

po::options_description options()
{
    po::options_description all("Options");
    auto add = all.add_options();
    add("help", "this text");
    add("port", po::value<unsigned short>()->default_value(0), "for http; 0: any");
    add("https-port", po::value<unsigned short>()->default_value(0), "for https; 0: any");
    add("certificate", po::value<std::string>(), "file for https");
    add("certificate-key", po::value<std::string>(), "file for https");
    add("key",
        po::value<std::vector<std::string>>()->default_value({}, ""),
        "ID:KEY that calls may be signed with");
    add("token-life", po::value<long>()->default_value(3600), "seconds");
    add("longterm-life", po::value<long>()->default_value(3650L * 86'400), "seconds");
    add("session-life", po::value<long>()->default_value(7200), "seconds of temporary keys");
    add("instance",
        po::value<std::vector<std::string>>()->default_value({}, ""),
        "ID,NAME,REGION[,IP[,CUSTOM_DOMAIN]...]");
    add("web-identity-file", po::value<std::string>()->default_value(""), "STS takes the token in it");
    add("cvm-role", po::value<std::string>()->default_value(""), "name of the role in the CVM's metadata");
    add("registry-user", po::value<std::string>()->default_value(""), "of the registry");
    add("registry-password", po::value<std::string>()->default_value(""), "of the registry");
    add("bearer", po::bool_switch(), "the registry has a token server");
    add("loose-types", po::bool_switch(), "numbers as strings and the other way round");
    return all;
}

template <class T>
T value_or_throw(tcr::result<T> result)
{
    if (!result)
        throw std::runtime_error(result.error().message());
    return std::move(*result);
}

tcr::test::fake_settings settings_of(po::variables_map const& given)
{
    tcr::test::fake_settings settings;
    for (auto const& each : given["key"].as<std::vector<std::string>>())
    {
        auto const colon = each.find(':');
        if (colon == std::string::npos)
            throw std::runtime_error("--key must be ID:KEY");
        tcr::registry::cloud_keys keys;
        keys.secret_id = each.substr(0, colon);
        keys.secret_key = each.substr(colon + 1);
        settings.keys.push_back(std::move(keys));
    }
    auto const& instances = given["instance"].as<std::vector<std::string>>();
    if (!instances.empty())
        settings.instances.clear();
    for (auto const& each : instances)
    {
        auto const parts = tcr::split_names(each);
        if (parts.size() < 3)
            throw std::runtime_error("--instance must be ID,NAME,REGION");
        auto& made = settings.instances.emplace_back();
        made.id = parts[0];
        made.name = parts[1];
        made.region = parts[2];
        if (parts.size() > 3)
            made.internal_ip = parts[3];
        for (std::size_t i = 4; i < parts.size(); ++i)
            made.custom_domains.emplace_back(parts[i]);
    }
    settings.token_life = std::chrono::seconds(given["token-life"].as<long>());
    settings.longterm_life = std::chrono::seconds(given["longterm-life"].as<long>());
    settings.session_life = std::chrono::seconds(given["session-life"].as<long>());
    settings.web_identity_file = given["web-identity-file"].as<std::string>();
    settings.cvm_role = given["cvm-role"].as<std::string>();
    settings.registry_user = given["registry-user"].as<std::string>();
    settings.registry_password = given["registry-password"].as<std::string>();
    settings.challenges_bearer = given["bearer"].as<bool>();
    settings.loose_types = given["loose-types"].as<bool>();
    return settings;
}

std::unique_ptr<net::http_server> listen(
    asio::io_context& loop, unsigned short port, fake_tcr& fake, tcr::logger& log, net::tls_source tls
)
{
    net::server_options server;
    server.tls = std::move(tls);
    server.limits.keep_headers = true;
    server.limits.body = 64 * 1024;
    auto handler = [&fake](net::server_request const& request) { return fake(request); };
    return value_or_throw(
        net::http_server::listen(loop.get_executor(), {"127.0.0.1", port}, handler, log, std::move(server))
    );
}

void serve(po::variables_map const& given)
{
    asio::io_context loop(1);
    tcr::logger log(stderr);
    fake_tcr fake(settings_of(given));
    std::vector<std::unique_ptr<net::http_server>> servers;
    servers.push_back(listen(loop, given["port"].as<unsigned short>(), fake, log, {}));
    std::cout << "http " << servers.back()->port() << std::endl;
    if (given.count("certificate") > 0)
    {
        auto const certificate =
            value_or_throw(tcr::read_small_file(given["certificate"].as<std::string>(), "the certificate"));
        auto const key =
            value_or_throw(tcr::read_small_file(given["certificate-key"].as<std::string>(), "the key"));
        auto const context = value_or_throw(net::make_server_context(certificate, key));
        servers.push_back(
            listen(loop, given["https-port"].as<unsigned short>(), fake, log, [context] { return context; })
        );
        std::cout << "https " << servers.back()->port() << std::endl;
    }
    std::vector<asio::cancellation_signal> stops(servers.size());
    for (std::size_t i = 0; i < servers.size(); ++i)
        asio::co_spawn(
            loop, servers[i]->run(), asio::bind_cancellation_slot(stops[i].slot(), [](std::exception_ptr) {})
        );
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    signals.async_wait(
        [&](boost::system::error_code, int)
        {
            for (auto& stop : stops)
                stop.emit(asio::cancellation_type::terminal);
        }
    );
    loop.run();
}

/// Signs requests. Each line of stdin is a JSON object with the members "secretId", "secretKey", "host",
/// "service", "contentType", "body", "timestamp" and "action". An empty action is not signed.
void sign()
{
    for (std::string line; std::getline(std::cin, line);)
    {
        auto const whole = json::parse(line);
        auto const text = [&](char const* name)
        { return std::string_view(whole.at(name).as_string().data(), whole.at(name).as_string().size()); };
        tcr::registry::cloud_keys keys;
        keys.secret_id = text("secretId");
        keys.secret_key = text("secretKey");
        tcr::registry::tc3_request request;
        request.host = text("host");
        request.service = text("service");
        request.content_type = text("contentType");
        request.body = text("body");
        request.action = text("action");
        std::chrono::sys_seconds const when{std::chrono::seconds(whole.at("timestamp").as_int64())};
        std::cout << tcr::registry::tc3_authorization(request, keys, when) << "\n";
    }
}

}  // namespace

int main(int count, char** words)
{
    try
    {
        if (count == 2 && std::string_view(words[1]) == "sign")
        {
            sign();
            return EXIT_SUCCESS;
        }
        po::variables_map given;
        po::store(po::parse_command_line(count, words, options()), given);
        if (given.count("help") > 0)
            std::cout << help << options();
        else
            serve(given);
        return EXIT_SUCCESS;
    }
    catch (std::exception const& e)
    {
        std::cerr << "fake_tcr: " << e.what() << "\n";
        return EXIT_FAILURE;
    }
}
