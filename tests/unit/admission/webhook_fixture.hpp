// SPDX-License-Identifier: Apache-2.0
#pragma once

// Helpers for the tests of both webhooks: reviews, requests, and a cluster in memory.

#include "review_text.hpp"
#include <tcr/admission/webhook.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace tcr::test
{

namespace json = boost::json;
using namespace admission;

inline controller::image_pull_secret sample(
    std::string name, std::string namespaces = "*", std::string accounts = "*"
)
{
    controller::image_pull_secret cr;
    cr.name = std::move(name);
    cr.uid = "uid";
    cr.spec.namespaces = std::move(namespaces);
    cr.spec.service_accounts = std::move(accounts);
    cr.spec.server = "registry.example.com";
    cr.spec.username = "user";
    cr.spec.password = "password";
    return cr;
}

inline std::string cr_text(std::string const& server, std::string const& metadata = R"("name":"x")")
{
    return R"({"apiVersion":"tcr.tencentcloudcr.com/v1","kind":"ImagePullSecret","metadata":{)" + metadata +
           R"(},"spec":{"namespaces":"*","docker":{"server":")" + server +
           R"(","username":"user","password":"very.secret"}}})";
}

inline net::server_request post(std::string body, std::string type = "application/json")
{
    net::server_request request;
    request.method = "POST";
    request.content_type = std::move(type);
    request.body = std::move(body);
    request.started_at = std::chrono::steady_clock::now();
    return request;
}

inline json::value response_in(net::server_response const& response)
{
    BOOST_TEST_REQUIRE(response.status == 200u);
    BOOST_TEST(response.content_type == "application/json");
    return json::parse(response.body).at("response");
}

inline bool is_allowed(net::server_response const& response)
{
    return response_in(response).at("allowed").as_bool();
}

/// All warnings except the warning about the password, which every sample causes.
inline std::vector<std::string> overlaps_in(boost::json::value const& response)
{
    std::vector<std::string> found;
    if (auto const* warnings = response.as_object().if_contains("warnings"))
        for (auto const& each : warnings->as_array())
            if (!each.as_string().starts_with("spec.docker.password: "))
                found.emplace_back(each.as_string());
    return found;
}

struct cluster
{
    controller::catalog catalog;
    runtime::cluster_store store;
    bool is_synced = true;
};

inline review_body create(std::string object)
{
    review_body body;
    body.object = std::move(object);
    return body;
}

inline review_body update(std::string object, std::string old_object)
{
    auto body = create(std::move(object));
    body.operation = "UPDATE";
    body.old_object = std::move(old_object);
    return body;
}

inline review_body new_account(std::string ns, std::string object)
{
    auto body = create(std::move(object));
    body.group = "";
    body.resource = "serviceaccounts";
    body.ns = std::move(ns);
    return body;
}

inline std::string const plain_account = R"({"metadata":{"name":"default"}})";

}  // namespace tcr::test
