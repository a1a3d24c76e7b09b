// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/service_account_webhook.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/controller/references_for_new_account.hpp>

#include <boost/json.hpp>

#include <utility>

namespace tcr::admission
{
namespace
{

namespace json = boost::json;
using steady_clock = std::chrono::steady_clock;

constexpr kube::field<reviewed_account> account_fields[] = {
    {.path = "imagePullSecrets", .open = [](auto& account) { account.has_list = true; }},
    {"imagePullSecrets[].name",
     [](auto& account, auto, auto text)
     {
         if (!text.starts_with(controller::secret_prefix))
             return;
         account.is_too_large = account.references.size() >= account.max_references;
         if (!account.is_too_large)
             account.references.emplace_back(text);
     }},
};

/// Interval between two checks whether the watch has reported the namespace. The watch usually reports a new
/// namespace within milliseconds.
constexpr std::chrono::milliseconds poll_interval{5};

/// A JSON Patch (RFC 6902) that appends the names. In its paths, "-" means the end of the list.
std::string append_patch(bool has_list, std::vector<std::string> const& names)
{
    json::array steps;
    auto const add = [&](char const* path, json::value const& value) {
        steps.push_back(json::object({{"op", "add"}, {"path", path}, {"value", value}}));
    };
    json::array entries;
    for (auto const& name : names)
        entries.push_back(json::object({{"name", name}}));
    if (!has_list)
        add("/imagePullSecrets", entries);
    else
        for (auto const& entry : entries)
            add("/imagePullSecrets/-", entry);
    return json::serialize(steps);
}

}  // namespace

service_account_reader::service_account_reader() : table_reader(account_fields) {}

void service_account_reader::on_object(kube::object_event, kube::object_meta const& meta)
{
    values_.is_present = true;
    values_.name = meta.name;
}

service_account_webhook::service_account_webhook(
    controller::catalog const& catalog, runtime::cluster_store const& store, std::function<bool()> is_synced
)
    : webhook("", "serviceaccounts"), catalog_(catalog), store_(store), is_synced_(std::move(is_synced))
{
}

task<net::server_response> service_account_webhook::answer(net::server_request const& request)
{
    review_in_flight const counted(*this);
    auto parsed = parse(request, reader_);
    if (auto* refusal = std::get_if<net::server_response>(&parsed))
        co_return std::move(*refusal);
    auto review = std::get<review_request>(std::move(parsed));
    // Move the account out of the reader, because another review may use the reader during the `co_await`.
    auto account = object_.take();
    auto deciding = decide(review, std::move(account));
    auto const decided = co_await std::move(deciding);
    co_return respond(request, review, decided);
}

task<review_answer> service_account_webhook::decide(review_request review, reviewed_account account)
{
    review_answer answer;
    if (review.operation != "CREATE" || !account.is_present || account.is_too_large || !is_synced_())
        co_return answer;
    auto const deadline = steady_clock::now() + namespace_wait;
    auto needed = references_for_new_account(catalog_, store_, review.ns, account.name, account.references);
    while (needed.is_undecided && steady_clock::now() < deadline)
    {
        co_await sleep_for(poll_interval);
        // Repeat the full computation only when the watch has reported the namespace, because many reviews
        // may wait at once.
        if (auto const ns = store_.find_namespace(review.ns); !ns || !store_.view(*ns).exists)
            continue;
        needed = references_for_new_account(catalog_, store_, review.ns, account.name, account.references);
    }
    if (needed.names.empty())
        co_return answer;
    answer.patch = append_patch(account.has_list, needed.names);
    co_return answer;
}

}  // namespace tcr::admission
