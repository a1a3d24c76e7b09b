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

/// When something was first seen, by name.
using moments = std::map<std::string, std::chrono::steady_clock::time_point>;

/// Namespaces and accounts that come into being, and how long each waits for its credentials, counted from the answer to the
/// request that created it. Two watches tell, so that what is seen is as exact as a watch is fast.
class births
{
public:
    /// `name` begins the names of the namespaces; `reference` is the Secret that each is to have. All references must
    /// outlive it.
    births(
        asio::io_context& loop,
        kube::client& client,
        api_server& server,
        std::string name,
        std::string reference
    );

    /// Creates a namespace. \return good.
    task<outcome> bear_namespace(std::size_t index);

    /// Creates an account in a namespace that is there. \return good: it was born with its reference.
    task<outcome> bear_account(std::size_t index);

    /// Waits until all that was created has what it is to have. Throws after a minute.
    void wait_until_served();

    std::size_t namespaces() const { return namespaces_.size(); }
    std::size_t accounts() const { return accounts_.size(); }

    /// Until a namespace had its Secret.
    latencies until_secret() const;

    /// Until account "default" of a namespace named it.
    latencies until_default_reference() const;

    /// Until an account named it.
    latencies until_reference() const;

private:
    /// Sees Secrets come, by their namespace.
    class secret_reader final : public kube::meta_reader
    {
    public:
        void on_object(kube::object_event event, kube::object_meta const& meta) override;

        moments seen;
    };

    /// Sees references come, by "namespace/account".
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
    moments namespaces_;  ///< when the server had answered, by name
    moments accounts_;    ///< the same, by "namespace/account"
    secret_reader secrets_;
    reference_reader references_;
    object_watch watch_secrets_;
    object_watch watch_accounts_;
};

}  // namespace tcr::benchmark
