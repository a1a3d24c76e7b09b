#pragma once

#include <tcr/admission/webhook.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/async.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tcr::admission
{

/// Reads what a review tells of a ServiceAccount.
class service_account_reader final : public kube::object_reader
{
public:
    std::vector<kube::skim_path> paths() const override;
    void begin_object() override;
    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_open(int field) override;
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// Of the review read last. The API server lets anybody send a million entries: only such as may be ours are kept.
    struct account
    {
        bool is_there = false;
        std::string name;  ///< empty before the server makes one of generateName
        bool has_list = false;
        std::vector<std::string> references;  ///< those with our prefix
        bool has_too_many = false;            ///< of those, for an account of anybody's
    };
    account object;

    static constexpr std::size_t most_references = 1000;
};

/// Gives new ServiceAccounts their references, so that their first pod has them. Allows everything, and leaves the
/// account as it is where it is not to be served, where this process does not know the cluster yet, or where it would
/// take too long to know: the controller comes after.
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

    /// Accounts that were given references, dry runs aside. Whether they came to be, the API server alone knows.
    std::uint64_t served() const { return served_; }

private:
    task<review_answer> decide(review_request review, service_account_reader::account account);

    controller::catalog const& crs_;
    runtime::cluster_store const& known_;
    std::function<bool()> is_synced_;
    service_account_reader object_;
    review_reader reader_{object_, nullptr};
    std::uint64_t served_ = 0;
};

}  // namespace tcr::admission
