#pragma once

#include <tcr/admission/webhook.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/async.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tcr::admission
{

/// What a review tells of a ServiceAccount. The API server lets anybody send a million entries: only such as
/// may be ours are kept.
struct reviewed_account
{
    bool is_there = false;
    std::string name;  ///< empty before the server makes one of generateName
    bool has_list = false;
    std::vector<std::string> references;  ///< those with our prefix
    bool has_too_many = false;            ///< of those, for an account of anybody's

    static constexpr std::size_t most_references = 1000;
};

/// Reads the account of a review.
class service_account_reader final : public kube::table_reader<reviewed_account>
{
public:
    service_account_reader();
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// That of the review read last.
    reviewed_account take() { return std::exchange(values_, {}); }
};

/// Gives new ServiceAccounts their references, so that their first pod has them. Allows everything, and
/// leaves the account as it is where it is not to be served, where this process does not know the cluster
/// yet, or where it would take too long to know: the controller comes after.
class service_account_webhook final : public webhook
{
public:
    static constexpr std::string_view path = "/mutate-v1-serviceaccount";

    /// How long a review waits for the watch to tell of its namespace, which a label selector may match.
    static constexpr std::chrono::milliseconds patience{100};

    /// `crs` and `known` must outlive it.
    service_account_webhook(
        controller::catalog const& crs, runtime::cluster_store const& known, std::function<bool()> is_synced
    );

    /// `request` must live until the end. \par Cancellation terminal.
    task<net::server_response> answer(net::server_request const& request);

    /// Accounts that were given references, dry runs aside. Whether they came to be, the API server alone
    /// knows.
    std::uint64_t served() const { return served_; }

private:
    task<review_answer> decide(review_request review, reviewed_account account);

    controller::catalog const& catalog_;
    runtime::cluster_store const& known_;
    std::function<bool()> is_synced_;
    service_account_reader object_;
    review_reader reader_{object_, nullptr};
    std::uint64_t served_ = 0;
};

}  // namespace tcr::admission
