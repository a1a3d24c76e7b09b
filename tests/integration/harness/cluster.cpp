// SPDX-License-Identifier: Apache-2.0
#include "cluster.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string_view>

namespace tcr::test
{
namespace
{

constexpr std::size_t requests_at_once = 32;

/// The header of requests whose answers need only the metadata.
constexpr char metadata_only[] = "Accept: application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1\r\n";

/// Time limit of a request. The server needs long for some requests.
constexpr std::chrono::seconds patience{120};

/// Maximum number of requests for the deletion of one collection. The server ends a request after 34 s.
/// Objects deleted until then stay deleted, so the next request continues.
constexpr int deletions_of_a_collection = 5;

struct discarding_sink final : net::body_sink
{
    boost::system::error_code on_body(std::string_view) override { return {}; }
};

net::http_request request_of(
    std::string method, kube::resource const& type, std::string const& ns, std::string const& name
)
{
    net::http_request request;
    request.method = std::move(method);
    request.target = (type.group.empty() ? "/api/" : "/apis/" + type.group + "/") + type.version;
    if (!ns.empty())
        request.target.append("/namespaces/").append(ns);
    request.target.append("/").append(type.plural);
    if (!name.empty())
        request.target.append("/").append(name);
    request.headers = "Accept: application/json\r\n";
    return request;
}

net::http_request with_body(net::http_request request, std::string content_type, std::string body)
{
    request.content_type = std::move(content_type);
    request.body = std::move(body);
    return request;
}

net::http_request merge_patch(
    kube::resource const& type, std::string const& ns, std::string const& name, std::string const& change
)
{
    return with_body(request_of("PATCH", type, ns, name), "application/merge-patch+json", change);
}

net::http_request creation(kube::resource const& type, std::string const& ns, json::value const& body)
{
    return with_body(request_of("POST", type, ns, {}), "application/json", json::serialize(body));
}

/// Returns the value of an answer. Throws if the request failed.
template <class T>
T must(result<T> answer)
{
    if (!answer)
        throw boost::system::system_error(answer.error().code, answer.error().message());
    return std::move(*answer);
}

std::string text_of(json::object const& object, char const* key)
{
    auto const* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

cluster::cluster(std::filesystem::path const& kubeconfig)
{
    auto config = must(kube::load_kubeconfig({kubeconfig}, {}));
    kube::client_options options;
    options.user_agent = "tcr-test";
    client_ = must(kube::client::make(loop_.get_executor(), std::move(config), options));
}

cluster::~cluster() = default;

task<void> cluster::send_some(
    std::vector<net::http_request>& requests, std::size_t& next, std::vector<result<json::object>>& answers
)
{
    while (next < requests.size())
    {
        auto const mine = next++;
        auto doing = requests[mine].method + ' ' + requests[mine].target;
        auto body = co_await client_->fetch(std::move(requests[mine]), doing);
        if (body)
            answers[mine] = json::parse(*body).as_object();
        else
            answers[mine] = body.error();
    }
}

task<void> cluster::send_some_unread(
    std::vector<net::http_request>& requests, std::size_t& next, std::vector<std::string>& refusals
)
{
    net::time_limits limits;
    limits.whole = patience;
    while (next < requests.size())
    {
        auto const mine = next++;
        auto const doing = requests[mine].method + ' ' + requests[mine].target;
        discarding_sink sink;
        auto const sent = co_await client_->send(std::move(requests[mine]), sink, limits, doing);
        if (!sent)
            refusals.push_back(sent.error().message());
    }
}

task<void> cluster::create_some(std::vector<std::vector<named_body>> const& chains, std::size_t& next)
{
    while (next < chains.size())
    {
        auto const& mine = chains[next++];
        for (auto const& each : mine)
        {
            auto request = creation(each.type, each.ns, each.body);
            auto doing = request.method + ' ' + request.target;
            auto body = co_await client_->fetch(std::move(request), doing);
            if (!body)
                throw boost::system::system_error(body.error().code, body.error().message());
        }
    }
}

/// Runs one worker per item concurrently, but at most `requests_at_once` workers.
template <class Worker>
void cluster::run_workers(std::size_t count, Worker worker)
{
    std::exception_ptr failure;
    auto const ended = [&](std::exception_ptr thrown) { failure = failure ? failure : thrown; };
    for (std::size_t i = 0; i < std::min(count, requests_at_once); ++i)
        asio::co_spawn(loop_, worker(), ended);
    loop_.restart();
    loop_.run();
    if (failure)
        std::rethrow_exception(failure);
}

std::vector<result<json::object>> cluster::send_all(std::vector<net::http_request> requests)
{
    std::vector<result<json::object>> answers(requests.size(), json::object());
    std::size_t next = 0;
    run_workers(requests.size(), [&] { return send_some(requests, next, answers); });
    return answers;
}

std::vector<std::string> cluster::send_unread(std::vector<net::http_request> requests)
{
    std::vector<std::string> refusals;
    std::size_t next = 0;
    run_workers(requests.size(), [&] { return send_some_unread(requests, next, refusals); });
    return refusals;
}

std::vector<std::string> cluster::create_texts(
    kube::resource const& type, std::string const& ns, std::vector<std::string> const& texts
)
{
    std::vector<net::http_request> requests;
    for (auto const& text : texts)
    {
        requests.push_back(with_body(request_of("POST", type, ns, {}), "application/json", text));
        requests.back().headers = metadata_only;
    }
    return send_unread(std::move(requests));
}

std::vector<std::string> cluster::patch_texts(
    kube::resource const& type,
    std::string const& ns,
    std::vector<std::pair<std::string, std::string>> const& patch_by_name
)
{
    std::vector<net::http_request> requests;
    for (auto const& [name, patch] : patch_by_name)
    {
        requests.push_back(merge_patch(type, ns, name, patch));
        requests.back().headers = metadata_only;
    }
    return send_unread(std::move(requests));
}

void cluster::remove_collection(kube::resource const& type, std::string const& ns)
{
    std::string refusal;
    for (int i = 0; i < deletions_of_a_collection; ++i)
    {
        std::vector<net::http_request> one;
        one.push_back(request_of("DELETE", type, ns, {}));
        auto const refusals = send_unread(std::move(one));
        if (refusals.empty())
            return;
        refusal = refusals.front();
    }
    throw std::runtime_error(refusal);
}

void cluster::create_chains(std::vector<std::vector<named_body>> const& chains)
{
    std::size_t next = 0;
    run_workers(chains.size(), [&] { return create_some(chains, next); });
}

result<json::object> cluster::send(net::http_request request)
{
    std::vector<net::http_request> one;
    one.push_back(std::move(request));
    return send_all(std::move(one)).front();
}

json::object cluster::get(kube::resource const& type, std::string const& ns, std::string const& name)
{
    return must(send(request_of("GET", type, ns, name)));
}

std::optional<json::object> cluster::find(
    kube::resource const& type, std::string const& ns, std::string const& name
)
{
    auto answer = send(request_of("GET", type, ns, name));
    if (!answer && answer.error().code == kube::errc::not_found)
        return std::nullopt;
    return must(std::move(answer));
}

std::vector<json::object> cluster::list(kube::resource const& type, std::string const& ns)
{
    std::vector<json::object> items;
    std::string token;
    do
    {
        auto request = request_of("GET", type, ns, {});
        request.target += "?limit=500";
        if (!token.empty())
            request.target += "&continue=" + token;
        auto page = must(send(std::move(request)));
        if (auto* objects = page["items"].if_array())
            for (auto& each : *objects)
                items.push_back(std::move(each.as_object()));
        token = text_of(page["metadata"].as_object(), "continue");
    } while (!token.empty());
    return items;
}

json::object cluster::create(kube::resource const& type, std::string const& ns, json::value const& body)
{
    return must(send(creation(type, ns, body)));
}

result<json::object> cluster::try_to_create(
    kube::resource const& type, std::string const& ns, json::value const& body
)
{
    auto request = creation(type, ns, body);
    request.target += "?dryRun=All";
    return send(std::move(request));
}

json::object cluster::patch(
    kube::resource const& type, std::string const& ns, std::string const& name, std::string const& change
)
{
    return must(send(merge_patch(type, ns, name, change)));
}

result<json::object> cluster::replace(
    kube::resource const& type, std::string const& ns, std::string const& name, json::value const& body
)
{
    return send(with_body(request_of("PUT", type, ns, name), "application/json", json::serialize(body)));
}

void cluster::remove(kube::resource const& type, std::string const& ns, std::string const& name)
{
    auto const answer = send(request_of("DELETE", type, ns, name));
    if (!answer && answer.error().code != kube::errc::not_found)
        must(answer);
}

void cluster::create_all(
    kube::resource const& type, std::string const& ns, std::vector<json::value> const& bodies
)
{
    std::vector<net::http_request> requests;
    for (auto const& body : bodies)
        requests.push_back(creation(type, ns, body));
    for (auto& answer : send_all(std::move(requests)))
        must(std::move(answer));
}

void cluster::patch_all(kube::resource const& type, std::vector<named_patch> const& changes)
{
    std::vector<net::http_request> requests;
    for (auto const& each : changes)
        requests.push_back(merge_patch(type, each.ns, each.name, each.patch));
    for (auto& answer : send_all(std::move(requests)))
        must(std::move(answer));
}

void cluster::remove_all(kube::resource const& type, std::vector<std::string> const& names)
{
    std::vector<net::http_request> requests;
    for (auto const& name : names)
        requests.push_back(request_of("DELETE", type, {}, name));
    for (auto& answer : send_all(std::move(requests)))
        if (!answer && answer.error().code != kube::errc::not_found)
            must(std::move(answer));
}

}  // namespace tcr::test
