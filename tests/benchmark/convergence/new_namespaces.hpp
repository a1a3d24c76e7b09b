// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api_server.hpp"
#include "latencies.hpp"
#include "load.hpp"
#include "object_watch.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tcr::benchmark
{

/// The time at which each object was first seen, by name.
using moments = std::map<std::string, std::chrono::steady_clock::time_point>;

/// Creates namespaces and accounts. Measures the time from the answer to each create request until the object
/// has its Secret or reference. Two watches observe the Secrets and references, so the precision is that of a
/// watch.
class new_namespaces
{
public:
    /// `name` is the prefix of the names of the namespaces. `reference` is the name of the Secret that each
    /// namespace receives. All objects passed by reference must outlive this object.
    new_namespaces(
        asio::io_context& loop,
        kube::client& client,
        api_server& server,
        std::string name,
        std::string reference
    );

    /// Creates a namespace. \return always `good`
    task<outcome> create_namespace(std::size_t index);

    /// Creates an account in an existing namespace. \return `good` if the answer contains the reference
    task<outcome> create_account(std::size_t index);

    /// Waits until all created objects are served. Throws after a minute.
    void wait_until_served();

    std::size_t namespaces() const { return namespaces_.size(); }
    std::size_t accounts() const { return accounts_.size(); }

    /// Times from the creation of a namespace until it had its Secret.
    latencies until_secret() const;

    /// Times from the creation of a namespace until its account "default" had the reference.
    latencies until_default_reference() const;

    /// Times from the creation of an account until it had the reference.
    latencies until_reference() const;

private:
    /// Records the time at which each Secret appears, by namespace.
    class secret_reader final : public kube::meta_reader
    {
    public:
        void on_object(kube::object_event event, kube::object_meta const& meta) override;

        moments seen;
    };

    /// Records the time at which each reference appears, by "namespace/account".
    class reference_reader final : public kube::object_reader
    {
    public:
        explicit reference_reader(std::string reference) : reference_(std::move(reference)) {}
        std::vector<kube::skim_path> paths() const override;
        void begin_object() override { matches_ = false; }
        void on_value(int, std::string_view, std::string_view text) override;
        void on_object(kube::object_event event, kube::object_meta const& meta) override;

        moments seen;

    private:
        std::string reference_;
        bool matches_ = false;
    };

    std::string missing() const;

    asio::io_context& loop_;
    api_server& server_;
    std::string name_;
    std::string reference_;
    moments namespaces_;  ///< time of the answer to the create request, by name
    moments accounts_;    ///< time of the answer to the create request, by "namespace/account"
    secret_reader secrets_;
    reference_reader references_;
    object_watch watch_secrets_;
    object_watch watch_accounts_;
};

}  // namespace tcr::benchmark
