// SPDX-License-Identifier: Apache-2.0
#pragma once

// The reflectors of namespaces and service accounts, which fill the cluster store.

#include <tcr/kube/field_table.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/reference_list.hpp>
#include <tcr/runtime/reflector.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::runtime
{

/// Called for each change of the store.
using change_listener = std::function<void(stored)>;

/// Called for an object that can be read but exceeds a limit of the store.
using problem_listener =
    std::function<void(std::string_view ns, std::string_view name, std::string_view problem)>;

/// Base of the reflectors that fill a cluster store: handles the begin and end of lists. The store must
/// outlive the reflector. `listener` may be empty.
class store_reflector : public reflector
{
public:
    void begin_list() override { store_.begin_list(kind_); }
    void end_list(std::uint64_t resource_version) override;

    /// The store keeps the known state of the object. An item of a list counts as listed nevertheless.
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override;

    /// Calls `listener` for objects that exceed a limit.
    void report_problems_to(problem_listener listener) { problem_listener_ = std::move(listener); }

protected:
    store_reflector(cluster_store& store, kind which, change_listener listener, source from = source::watch)
        : store_(store), kind_(which), listener_(std::move(listener)), from_(from)
    {
    }

    /// Source of an event. A reflector of a watch also receives the items of its lists, as `listed` events.
    source source_of(kube::object_event event) const
    {
        return from_ == source::watch && event == kube::object_event::listed ? source::list : from_;
    }

    void report(stored event)
    {
        if (event.what != change::none && listener_)
            listener_(event);
    }

    void report_problem(kube::object_meta const& meta, std::string_view problem)
    {
        if (problem_listener_)
            problem_listener_(meta.ns, meta.name, problem);
    }

    cluster_store& store_;

private:
    kind kind_;
    change_listener listener_;
    problem_listener problem_listener_;
    source from_;
};

/// Reflector of namespaces. Reads only their metadata.
class namespace_reflector final : public store_reflector
{
public:
    namespace_reflector(cluster_store& store, change_listener listener)
        : store_reflector(store, kind::namespaces, std::move(listener))
    {
    }

    std::vector<kube::skim_path> paths() const override;
    void begin_object() override;
    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

private:
    std::multimap<std::string, std::string> labels_;  ///< sorted by key, as `put_namespace` requires
    std::size_t label_bytes_ = 0;  ///< size of the labels; above `max_label_bytes`, `labels_` does not grow
};

/// Reflector of service accounts. Reads the names in imagePullSecrets.
class account_reflector final : public kube::table_reader<reference_list, store_reflector>
{
public:
    /// `own_prefix` is the prefix of our Secrets' names. Of a list that is not kept whole, only entries with
    /// this prefix are kept (`list_extent::own_only`).
    account_reflector(
        cluster_store& store, change_listener listener, std::string own_prefix, source from = source::watch
    );
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// Counts the account's imagePullSecrets as too long. So the controller does not write to the account
    /// until the account changes.
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override;

    /// Number of new accounts that already had a reference to one of our Secrets in their first watch event.
    std::uint64_t created_with_references() const { return created_with_references_; }

private:
    std::uint64_t created_with_references_ = 0;
};

}  // namespace tcr::runtime
