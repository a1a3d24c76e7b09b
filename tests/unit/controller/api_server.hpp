// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certificates.hpp"
#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/net/http_server.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/util/async.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::test
{

/// An API server with namespace "a" and ImagePullSecret "team", which serves all namespaces. The API server
/// accepts every write that the client may send, and ends every watch at once.
class api_server
{
public:
    api_server(asio::io_context& loop, logger& log) : loop_(loop)
    {
        key_ptr const key(EVP_EC_gen("P-256"));
        auto const tls = *net::make_server_context(certificate(key.get(), -60, 3600), pem_of(key.get()));
        net::server_options options;
        options.tls = [tls] { return tls; };
        options.limits.body = 64 * 1024;
        net::request_handler answering = [this](auto const& request) { return answer(request); };
        server_ = std::move(*net::http_server::listen(
            loop.get_executor(), net::bind_address{"127.0.0.1", 0}, std::move(answering), log, options
        ));
    }

    task<void> run() { return server_->run(); }

    std::unique_ptr<kube::client> make_client() const
    {
        kube::cluster_config config;
        config.server.host = "127.0.0.1";
        config.server.port = std::to_string(server_->port());
        config.server.verify_server = config.tls.verify_server = false;
        return kube::client::make(loop_.get_executor(), config, {}).value();
    }

    /// Method and path of each write. Writes of Events are not included.
    std::vector<std::string> writes;

    /// Method, path and field selector of each refused request.
    std::vector<std::string> refused;

    std::size_t count(std::string_view write) const
    {
        return static_cast<std::size_t>(std::count(writes.begin(), writes.end(), write));
    }

    /// Paths of objects that do not exist: requests for them fail with 404.
    std::set<std::string, std::less<>> missing;

    /// Paths of immutable objects: a PATCH fails with 422.
    std::set<std::string, std::less<>> immutable;

    /// Answers to GET requests, by path, in place of those of this class.
    std::map<std::string, std::string, std::less<>> answers;

    /// The names of the Secrets that the client may access; nullopt: all. It may create every Secret.
    std::optional<std::set<std::string>> granted;

private:
    net::server_response answer(net::server_request const& request)
    {
        namespace json = boost::json;
        net::server_response response;
        response.content_type = "application/json";
        if (request.path.find("/selfsubject") != std::string::npos)
        {
            response.status = 201;
            response.body = json::serialize(json::object{{"status", review_of(request)}});
            return response;
        }
        if (!is_allowed(request))
        {
            refused.push_back(request.method + " " + request.path + "?" + named_in(request.query));
            response.status = 403;
            response.body = R"({"kind":"Status","status":"Failure","reason":"Forbidden","code":403})";
            return response;
        }
        if (request.method == "GET" && !missing.contains(request.path))
        {
            if (auto const given = answers.find(request.path); given != answers.end())
                response.body = given->second;
            else if (request.query.find("watch=") == std::string::npos)
                response.body = R"({"kind":"List","metadata":{"resourceVersion":"10"},"items":[)" +
                                items_of(request.path) + "]}";
            return response;
        }
        if (request.method != "GET" && !request.path.ends_with("/events"))
            writes.push_back(request.method + " " + request.path);
        if (missing.contains(request.path))
        {
            response.status = 404;
            response.body = R"({"kind":"Status","status":"Failure","reason":"NotFound","code":404})";
            return response;
        }
        if (request.method == "PATCH" && immutable.contains(request.path))
        {
            response.status = 422;
            response.body = R"({"kind":"Status","status":"Failure","reason":"Invalid","code":422})";
            return response;
        }
        auto object = json::parse(request.body).as_object();
        auto& metadata = object["metadata"];
        if (!metadata.is_object())
            metadata = json::object();
        metadata.as_object()["resourceVersion"] = std::to_string(++version_);
        if (request.path.starts_with("/api/v1/namespaces/a/"))
            metadata.as_object()["namespace"] = "a";
        if (request.method == "PATCH" && request.path.starts_with(secrets_of_a))
            metadata.as_object()["name"] = request.path.substr(secrets_of_a.size());
        response.status = request.method == "POST" ? 201 : 200;
        response.body = json::serialize(object);
        return response;
    }

    static std::string items_of(std::string_view path)
    {
        if (path == "/api/v1/namespaces")
            return R"({"metadata":{"name":"a","uid":"u1","resourceVersion":"5"}})";
        if (path == "/apis/tcr.tencentcloudcr.com/v1/imagepullsecrets")
            return R"({"metadata":{"name":"team","uid":"u2","generation":1,"resourceVersion":"6"},)"
                   R"("spec":{"docker":{"server":"x.y","username":"user","password":"password"}}})";
        return {};
    }

    /// The status of a SelfSubjectAccessReview or a SelfSubjectRulesReview.
    boost::json::object review_of(net::server_request const& request) const
    {
        namespace json = boost::json;
        if (request.path.ends_with("accessreviews"))
            return {{"allowed", !granted}};
        json::object rule{
            {"verbs", {"get", "list", "watch", "patch", "delete"}},
            {"apiGroups", {""}},
            {"resources", {"secrets"}}};
        rule["resourceNames"] = json::value_from(*granted);
        json::array rules;
        rules.emplace_back(std::move(rule));
        return {{"resourceRules", std::move(rules)}};
    }

    /// The name in the field selector "metadata.name=NAME"; empty without one.
    static std::string named_in(std::string_view query)
    {
        constexpr std::string_view key = "fieldSelector=metadata.name%3D";
        auto const begin = query.find(key);
        if (begin == std::string_view::npos)
            return {};
        auto const name = query.substr(begin + key.size());
        return std::string(name.substr(0, name.find('&')));
    }

    bool is_allowed(net::server_request const& request) const
    {
        bool const is_pull_secret =
            request.path == "/api/v1/secrets" || request.path.starts_with(secrets_of_a);
        if (!granted || !is_pull_secret)
            return true;
        auto const name = request.path.starts_with(secrets_of_a) ? request.path.substr(secrets_of_a.size())
                                                                 : named_in(request.query);
        return granted->contains(name);
    }

    static constexpr std::string_view secrets_of_a = "/api/v1/namespaces/a/secrets/";

    asio::io_context& loop_;
    std::unique_ptr<net::http_server> server_;
    std::uint64_t version_ = 100;
};

}  // namespace tcr::test
