// SPDX-License-Identifier: Apache-2.0
#include <tcr/commands/change_preview.hpp>
#include <tcr/controller/plan.hpp>
#include <tcr/credentials/docker_config.hpp>
#include <tcr/runtime/reference_list.hpp>

#include <algorithm>
#include <utility>

namespace tcr::commands
{
namespace
{

using controller::action;
using runtime::cluster_store;

class previewer
{
public:
    previewer(
        controller::catalog_entry const& desired, controller::catalog const& others, cluster_store& store
    )
        : store_(store), has_credential_(desired.is_valid())
    {
        // Use a dummy for an unknown credential: the credential affects only the contents of Secrets.
        auto const unknown = credentials::credential_of({"unknown", "unknown", "unknown"});
        auto const used = has_credential_ ? *desired.credential : unknown;
        catalog_ = controller::catalog([=](auto const&) { return credentials::resolution{used, {}, {}}; });
        // Add the other ImagePullSecrets without a spec. They are invalid then, so plans leave their objects
        // unchanged.
        for (auto const& each : others)
        {
            controller::image_pull_secret other;
            other.name = each.first;
            catalog_.put(other);
        }
        catalog_.put(desired.cr);
        entry_ = catalog_.find(desired.cr.name);
    }

    change_preview run()
    {
        store_.for_each_namespace([&](auto ns) { preview_namespace(ns); });
        return std::move(preview_);
    }

private:
    std::string full_name(runtime::namespace_id ns, std::string const& name) const
    {
        return std::string(store_.view(ns).name) + "/" + name;
    }

    void preview_namespace(runtime::namespace_id ns)
    {
        auto const& secret = entry_->secret.name;
        auto const before = store_.find_secret(ns, secret);
        bool const is_foreign = before && before->state.is_foreign;
        bool const is_served = coverage_of(*entry_, store_.view(ns)) == controller::coverage::covered;
        auto const count_unchanged = [&](auto const& account)
        {
            bool const is_for = is_served && !is_foreign && entry_->refers_from(account.name);
            if (is_for && runtime::names_reference(account.references, secret))
                ++preview_.accounts_unchanged;
        };
        store_.for_each_account(ns, count_unchanged);
        carry_out_plans(ns);
        auto const after = store_.find_secret(ns, secret);
        if (!before && after)
            preview_.secrets_added.insert(full_name(ns, secret));
        else if (before && !after)
            preview_.secrets_removed.insert(full_name(ns, secret));
        else if (is_served && is_foreign)
            preview_.secrets_foreign.insert(full_name(ns, secret));
        else if (is_served && has_credential_ && before->state != after->state)
            preview_.secrets_changed.insert(full_name(ns, secret));
        else if (is_served)
            ++preview_.secrets_unchanged;
    }

    /// Carries out plans in the store until no action is left, like the reconciler does in the cluster.
    void carry_out_plans(runtime::namespace_id ns)
    {
        controller::probe_results found;
        for (cluster_store::account_cursor from = 0; from != cluster_store::end_of_accounts;)
        {
            auto const planned = controller::plan(catalog_, store_, ns, found, from);
            for (auto const& step : planned.actions)
                carry_out(ns, step, found);
            if (planned.actions.empty())
                from = planned.next;
        }
    }

    void carry_out(runtime::namespace_id where, action const& step, controller::probe_results& found)
    {
        using kind = action::kind;
        auto const ns = store_.view(where).name;
        auto const& name = entry_->secret.name;
        auto const version = step.resource_version + 1;
        auto const& list = step.references;
        auto const account = store_.find_account(where, step.target);
        bool const exists = store_.find_secret(where, step.target).has_value();
        if (step.what == kind::set_references)
        {
            bool const refers = std::ranges::find(list, name) != list.end();
            if (refers != runtime::names_reference(account->references, name))
                (refers ? preview_.accounts_added : preview_.accounts_removed)
                    .insert(full_name(where, step.target));
            store_.put_account(ns, step.target, version, list);
            found.accounts[step.target] = {version, list};
        }
        else if (step.what == kind::read_account)
            // The controller reads the whole list from the cluster. The preview uses the part of the list in
            // the store.
            found.accounts[step.target] = {
                account->resource_version, runtime::decode_references(account->references)};
        else if (step.what == kind::delete_secret)
            store_.drop_secret(ns, step.target, version);
        else if (step.what == kind::update_secret || (step.what == kind::create_secret && !exists))
            store_.put_secret(ns, step.target, version, {entry_->secret.fingerprint});
        else if (step.what == kind::create_secret || !exists)
            // Either the store has a foreign Secret with this name, or the store lacks the Secret, and its
            // owner is unknown. Treat the Secret as foreign in both cases.
            found.foreign.insert(step.target);
    }

    cluster_store& store_;
    bool has_credential_;
    controller::catalog catalog_;
    controller::catalog_entry const* entry_ = nullptr;
    change_preview preview_;
};

}  // namespace

change_preview preview(
    controller::catalog_entry const& desired, controller::catalog const& others, cluster_store& store
)
{
    return previewer(desired, others, store).run();
}

}  // namespace tcr::commands
