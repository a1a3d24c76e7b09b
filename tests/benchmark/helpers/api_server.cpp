// SPDX-License-Identifier: Apache-2.0
#include "api_server.hpp"

#include "administrator.hpp"
#include "objects.hpp"
#include <tcr/admission/certificate_manager.hpp>
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace tcr::benchmark
{
namespace
{

namespace json = boost::json;
using steady_clock = std::chrono::steady_clock;

kube::resource type_of(api_server::hook which)
{
    return {
        "admissionregistration.k8s.io",
        "v1",
        which == api_server::hook::mutating ? "mutatingwebhookconfigurations"
                                            : "validatingwebhookconfigurations"};
}

std::string_view name_of(api_server::hook which)
{
    return which == api_server::hook::mutating ? admission::mutating_configuration_name
                                               : admission::validating_configuration_name;
}

net::http_request as_dry_run(net::http_request request)
{
    request.target += "?dryRun=All";
    return request;
}

net::http_request dry_run_of_cr(std::string const& name, std::string const& namespaces)
{
    auto body = cr_body(name, "password", namespaces);
    return as_dry_run(kube::create_request(controller::image_pull_secret_type(), {}, std::move(body)));
}

}  // namespace

api_server::api_server(
    asio::io_context& loop, std::string const& kubeconfig, std::string prefix, std::size_t namespaces
)
    : loop_(loop), prefix_(std::move(prefix)), namespaces_(namespaces)
{
    auto const cluster = cluster_of(kubeconfig);
    client_ = make_keep_alive_client(loop.get_executor(), cluster.server, cluster.tls);
}

api_server::place api_server::account_place(std::size_t index) const
{
    return {prefix_ + std::to_string(index % namespaces_), "new-" + std::to_string(index)};
}

task<outcome> api_server::create_account(std::size_t index, std::string reference, trace left)
{
    auto const where = account_place(index);
    auto request = kube::create_request(accounts_type, where.ns, named(where.name));
    if (left == trace::none)
        request = as_dry_run(std::move(request));
    auto const answer = co_await ask(*client_, std::move(request));
    // The account may also have references of other ImagePullSecrets. The text does not match names in
    // managedFields, because quotes are escaped there.
    bool const is_served = answer.ok() && answer.has("{\"name\":\"" + reference + "\"}");
    co_return is_served ? outcome::good : outcome::lacking;
}

task<void> api_server::create_namespace(std::string name)
{
    auto request = kube::create_request(namespaces_type, {}, named(name));
    auto const answer = co_await ask(*client_, std::move(request));
    if (!answer.ok())
        throw std::runtime_error("cannot create namespace " + name + ": " + answer.body);
}

task<outcome> api_server::create_cr(std::size_t index)
{
    auto request = dry_run_of_cr("new-" + std::to_string(index), "*");
    auto const answer = co_await ask(*client_, std::move(request));
    co_return answer.ok() ? outcome::good : outcome::lacking;
}

void api_server::wait_for_mutation(bool is_wanted, std::string const& reference)
{
    auto holds = [&]() -> task<bool>
    {
        auto const result = co_await create_account(0, reference);
        co_return (result == outcome::good) == is_wanted;
    };
    wait_until(
        is_wanted ? "accounts created with their reference" : "accounts created without a reference", holds
    );
}

void api_server::wait_for_validation(bool is_wanted)
{
    auto holds = [&]() -> task<bool>
    {
        // The name of a namespace has at most 63 characters.
        auto request = dry_run_of_cr("bad", std::string(64, 'a'));
        auto const answer = co_await ask(*client_, std::move(request));
        co_return is_wanted ? answer.status == 422 && answer.has("spec.namespaces") : answer.ok();
    };
    wait_until(is_wanted ? "a bad ImagePullSecret refused" : "a bad ImagePullSecret let in", holds);
}

/// Waits until `holds` succeeds five times in a row: the API server learns of a changed configuration by its
/// own watch, so a single success can be too early.
void api_server::wait_until(std::string const& what, std::function<task<bool>()> holds)
{
    bool is_there = false;
    auto check = [&]() -> task<void>
    {
        auto const deadline = steady_clock::now() + std::chrono::minutes(1);
        int in_a_row = 0;
        while (in_a_row < 5 && steady_clock::now() < deadline)
        {
            bool const held = co_await holds();
            in_a_row = held ? in_a_row + 1 : 0;
            co_await sleep_for(std::chrono::milliseconds(100));
        }
        is_there = in_a_row == 5;
    };
    run_to_end(loop_, check);
    if (!is_there)
        throw std::runtime_error("still missing after a minute: " + what);
}

http_answer api_server::must(net::http_request request)
{
    http_answer answer;
    auto send = [&]() -> task<void> { answer = co_await ask(*client_, request); };
    run_to_end(loop_, send);
    if (!answer.ok())
        throw std::runtime_error(request.method + " " + request.target + ": " + answer.body);
    return answer;
}

std::string api_server::trusted_by(hook which)
{
    auto const answer = must(kube::get_request(type_of(which), {}, name_of(which)));
    auto const configuration = json::parse(answer.body);
    auto const& bundle = configuration.at("webhooks").at(0).at("clientConfig").at("caBundle").as_string();
    auto pem = base64_decode(std::string_view(bundle.data(), bundle.size()));
    if (!pem)
        throw std::runtime_error("a caBundle is not base64");
    return std::move(*pem);
}

api_server::absence::absence(api_server& server, hook which) : server_(server), which_(which)
{
    auto const answer = server.must(kube::get_request(type_of(which), {}, name_of(which)));
    auto configuration = json::parse(answer.body).as_object();
    auto& metadata = configuration.at("metadata").as_object();
    for (auto const* each : {"resourceVersion", "uid", "creationTimestamp", "generation", "managedFields"})
        metadata.erase(each);
    body_ = json::serialize(configuration);
    auto request = kube::get_request(type_of(which), {}, name_of(which));
    request.method = "DELETE";
    server.must(std::move(request));
}

api_server::absence::~absence()
{
    try
    {
        server_.must(kube::create_request(type_of(which_), {}, body_));
    }
    catch (std::exception const& e)
    {
        // Later calls that need the configuration then fail and report the cause.
        std::cerr << "benchmark: " << e.what() << "\n";
    }
}

}  // namespace tcr::benchmark
