#pragma once

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

/// Told of each change that an event made in the store.
using change_listener = std::function<void(stored)>;

/// The list half that all reflectors of the cluster store share.
class store_reflector : public reflector
{
public:
    void begin_list() override { store_.begin_list(kind_); }
    void end_list(std::uint64_t resource_version) override;
    void on_rewind() override { store_.rewind(kind_); }

protected:
    store_reflector(
        cluster_store& store, kind which, change_listener listener, origin told_by = origin::watch
    )
        : store_(store), told_by_(told_by), kind_(which), listener_(std::move(listener))
    {
    }

    void tell(stored event)
    {
        if (event.what != change::none && listener_)
            listener_(event);
    }

    cluster_store& store_;
    origin told_by_;

private:
    kind kind_;
    change_listener listener_;
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
};

/// Service accounts: the names in imagePullSecrets.
class account_reflector final : public store_reflector
{
public:
    account_reflector(cluster_store& store, change_listener listener, origin told_by = origin::watch)
        : store_reflector(store, kind::accounts, std::move(listener), told_by)
    {
    }

    std::vector<kube::skim_path> paths() const override;
    void begin_object() override { references_.clear(); }
    void on_open(int field) override;
    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

private:
    reference_list references_;
};

}  // namespace tcr::runtime
