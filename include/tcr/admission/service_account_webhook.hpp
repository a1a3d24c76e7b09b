#pragma once

// The mutating webhook for new ServiceAccounts.

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

/// A ServiceAccount in a review. The API server accepts accounts with a million entries, so only entries that
/// may be ours are kept.
struct reviewed_account
{
    bool is_present = false;
    std::string name;  ///< empty while generateName is not resolved
    bool has_list = false;
    std::vector<std::string> references;  ///< those with our prefix
    bool is_too_large = false;            ///< more than `max_references`: the account stays unchanged

    static constexpr std::size_t max_references = 1000;
};

/// Reads the account of a review.
class service_account_reader final : public kube::table_reader<reviewed_account>
{
public:
    service_account_reader();
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// Takes out the account of the last review.
    reviewed_account take() { return std::exchange(values_, {}); }
};

/// Adds the references to new ServiceAccounts, so that their first pod has them. Allows every account. Leaves
/// it unchanged if no ImagePullSecret serves it, if this process is not synced yet, or if the answer would
/// take too long: the controller writes the references afterwards.
class service_account_webhook final : public webhook
{
public:
    static constexpr std::string_view path = "/mutate-v1-serviceaccount";

    /// Max wait of a review until the watch reports its namespace, whose labels a selector needs.
    static constexpr std::chrono::milliseconds namespace_wait{100};

    /// `catalog` and `store` must outlive it.
    service_account_webhook(
        controller::catalog const& catalog,
        runtime::cluster_store const& store,
        std::function<bool()> is_synced
    );

    /// `request` must live until the task ends. \par Cancellation terminal.
    task<net::server_response> answer(net::server_request const& request);

    /// Accounts whose answers contained references, without dry runs. Only the API server knows whether it
    /// then created them.
    std::uint64_t served() const { return served_; }

private:
    task<review_answer> decide(review_request review, reviewed_account account);

    controller::catalog const& catalog_;
    runtime::cluster_store const& store_;
    std::function<bool()> is_synced_;
    service_account_reader object_;
    review_reader reader_{object_, nullptr};
    std::uint64_t served_ = 0;
};

}  // namespace tcr::admission
