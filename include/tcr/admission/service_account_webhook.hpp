// SPDX-License-Identifier: Apache-2.0
#pragma once

// The mutating webhook for new ServiceAccounts.

#include <tcr/admission/webhook.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/async.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tcr::admission
{

/// A ServiceAccount in a review. Keeps only references that may be ours, because the API server accepts
/// accounts with a million references.
struct reviewed_account
{
    bool is_present = false;
    std::string name;  ///< empty if it has generateName and no name yet
    bool has_list = false;
    std::vector<std::string> references;  ///< the references with our prefix
    bool is_too_large = false;            ///< has more than `max_references` references with our prefix

    static constexpr std::size_t max_references = 1000;
};

/// Reads the account of a review.
class service_account_reader final : public kube::table_reader<reviewed_account>
{
public:
    service_account_reader();
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// Moves the account of the last review out of the reader.
    reviewed_account take() { return std::exchange(values_, {}); }
};

/// Adds references to new ServiceAccounts, so that even the first pod of an account gets them. Never refuses
/// an account. Leaves an account unchanged if the webhook finds no reference to add, if the account
/// `is_too_large`, or if this process is not synced yet.
///
/// Only the labels of the namespace show whether an ImagePullSecret with a namespaceSelector serves the
/// account. If the watch does not report the namespace in time, the webhook omits the references to Secrets
/// of such ImagePullSecrets. The controller adds missing references later.
class service_account_webhook final : public webhook
{
public:
    static constexpr std::string_view path = "/mutate-v1-serviceaccount";

    /// Max time that a review waits for the watch to report the account's namespace. The selectors of
    /// ImagePullSecrets need the labels of the namespace.
    static constexpr std::chrono::milliseconds namespace_wait{100};

    /// `catalog` and `store` must outlive the webhook.
    service_account_webhook(
        controller::catalog const& catalog,
        runtime::cluster_store const& store,
        std::function<bool()> is_synced
    );

    /// `request` must live until the task ends. \par Cancellation terminal.
    task<net::server_response> answer(net::server_request const& request);

private:
    task<review_answer> decide(review_request review, reviewed_account account);

    controller::catalog const& catalog_;
    runtime::cluster_store const& store_;
    std::function<bool()> is_synced_;
    service_account_reader object_;
    review_reader reader_{object_, nullptr};
};

}  // namespace tcr::admission
