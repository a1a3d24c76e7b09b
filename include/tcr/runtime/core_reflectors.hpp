#pragma once

// The reflectors of namespaces and service accounts, which fill the cluster store.

#include <tcr/kube/field_table.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/reference_list.hpp>
#include <tcr/runtime/reflector.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::runtime
{

/// Called for each change that an event made in the store.
using change_listener = std::function<void(stored)>;

/// Called for an object that could be read, but has more of something than is kept of it.
using problem_listener =
    std::function<void(std::string_view ns, std::string_view name, std::string_view problem)>;

/// The list half that all reflectors of the cluster store share.
class store_reflector : public reflector
{
public:
    void begin_list() override { store_.begin_list(kind_); }
    void end_list(std::uint64_t resource_version) override;

    /// What the store knows stays; in a list it counts as listed.
    void on_unreadable(
        kube::object_event event, kube::object_meta const& meta, std::string_view problem
    ) override;

    /// Calls `listener` for objects with too much of something.
    void report_problems_to(problem_listener listener) { problem_listener_ = std::move(listener); }

protected:
    store_reflector(cluster_store& store, kind which, change_listener listener, source from = source::watch)
        : store_(store), kind_(which), listener_(std::move(listener)), from_(from)
    {
    }

    /// Where an event comes from: a reflector of a watch is fed by its lists, too.
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

/// Namespaces, from metadata alone.
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
    std::string labels_;  ///< as put_namespace wants them, but in the order in which they came
    std::string last_key_;
    bool are_sorted_ = true;
    bool are_too_many_ = false;  ///< more than the store keeps, and none is collected any more
};

/// Service accounts: the names in imagePullSecrets.
class account_reflector final : public kube::table_reader<reference_list, store_reflector>
{
public:
    /// `own_prefix` begins the names of our Secrets: of a list that is too long to be kept, those stay.
    account_reflector(
        cluster_store& store, change_listener listener, std::string own_prefix, source from = source::watch
    );
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// The account is left alone until it changes.
    void on_unreadable(
        kube::object_event event, kube::object_meta const& meta, std::string_view problem
    ) override;
};

}  // namespace tcr::runtime
