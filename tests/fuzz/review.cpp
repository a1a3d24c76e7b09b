// SPDX-License-Identifier: Apache-2.0

// Both admission webhooks with any body. The first byte selects the webhook: `m` for the mutating webhook,
// any other byte for the validating webhook.
#include "fuzz_target.hpp"
#include <tcr/admission/image_pull_secret_webhook.hpp>
#include <tcr/admission/service_account_webhook.hpp>
#include <tcr/util/strings.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <exception>

namespace
{

using namespace tcr;
namespace json = boost::json;

/// The objects in memory that both webhooks use.
struct cluster
{
    cluster()
    {
        store.put_namespace("default", "", false);
        store.put_namespace("ending", "", true);
        controller::image_pull_secret everywhere;
        everywhere.name = "everywhere";
        everywhere.uid = "1";
        everywhere.spec.server = "one.tencentcloudcr.com";
        everywhere.spec.username = "user";
        everywhere.spec.password = "password";
        catalog.put(everywhere);
        auto narrow = everywhere;
        narrow.name = "narrow";
        narrow.uid = "2";
        narrow.spec.namespaces = "default";
        narrow.spec.service_accounts = "default,builder";
        narrow.spec.server = "two.tencentcloudcr.com";
        catalog.put(narrow);
    }

    runtime::cluster_store store;
    controller::catalog catalog;
};

net::server_response run(task<net::server_response> answering)
{
    asio::io_context loop(1);
    net::server_response response;
    bool has_ended = false;
    asio::co_spawn(
        loop,
        std::move(answering),
        [&](std::exception_ptr thrown, net::server_response made)
        {
            if (thrown)
                std::rethrow_exception(thrown);
            response = std::move(made);
            has_ended = true;
        }
    );
    loop.run();
    fuzz::require(has_ended, "a review is answered");
    return response;
}

void check(net::server_response const& response)
{
    fuzz::require(response.status == 200 || response.status == 400, "a review is answered or refused");
    if (response.status != 200)
    {
        auto const text = std::string_view(response.body);
        fuzz::require(text.ends_with('\n'), "a refusal ends its line");
        fuzz::require(fuzz::is_one_line(text.substr(0, text.size() - 1)), "a refusal is one line");
        return;
    }
    json::error_code failure;
    auto const answer = json::parse(response.body, failure);
    fuzz::require(!failure, "the answer is JSON");
    auto const& review = answer.at("response").as_object();
    auto const uid = review.at("uid").as_string();
    fuzz::require(!uid.empty(), "the answer has the review's uid");
    fuzz::require(review.at("allowed").is_bool(), "the answer allows or refuses");
    if (auto const* patch = review.if_contains("patch"))
    {
        auto const text = base64_decode({patch->as_string().data(), patch->as_string().size()});
        fuzz::require(text.has_value(), "the patch is base64");
        fuzz::require(json::parse(*text).is_array(), "the patch is a JSON Patch");
    }
}

}  // namespace

TCR_FUZZ_TARGET(review)
{
    static cluster const known;
    fuzz::input_reader input(bytes);
    bool const is_mutating = input.take_byte() == 'm';
    net::server_request request;
    request.method = "POST";
    request.content_type = "application/json";
    request.body = input.rest();
    auto const is_synced = [] { return true; };
    admission::service_account_webhook mutating(known.catalog, known.store, is_synced);
    admission::image_pull_secret_webhook validating(known.catalog, known.store, is_synced);
    auto const answer = [&]
    { return is_mutating ? run(mutating.answer(request)) : validating.answer(request); };
    auto const first = answer();
    check(first);
    auto const second = answer();
    fuzz::require(second.status == first.status, "a review is answered alike each time");
    fuzz::require_equal(second.body, first.body, "a review is answered alike each time");
}
