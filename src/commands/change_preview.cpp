#include <tcr/commands/change_preview.hpp>
#include <tcr/controller/plan.hpp>
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
        controller::catalog_entry const& wanted, controller::catalog const& others, cluster_store& store
    )
        : store_(store), knows_contents_(wanted.is_valid())
    {
        // Replace an unknown credential by a dummy: the plans differ only in contents.
        credentials::login const unknown{"unknown", "unknown", {}, {}};
        auto const login = knows_contents_ ? wanted.credential : unknown;
        catalog_ = controller::catalog([=](auto const&) { return credentials::resolution{login, {}, {}}; });
        // Without a spec the other ImagePullSecrets are not usable, so plans leave their objects as they are.
        for (auto const& each : others)
        {
            controller::image_pull_secret other;
            other.name = each.first;
            catalog_.put(other);
        }
        catalog_.put(wanted.cr);
        entry_ = catalog_.find(wanted.cr.name);
    }

    change_preview run()
    {
        store_.for_each_namespace([&](auto where) { look_at(where); });
        return std::move(seen_);
    }

private:
    std::string full_name(runtime::namespace_id where, std::string const& name) const
    {
        return std::string(store_.view(where).name) + "/" + name;
    }

    void look_at(runtime::namespace_id where)
    {
        auto const& secret = entry_->secret.name;
        auto const before = store_.find_secret(where, secret);
        bool const is_foreign = before && before->state.is_foreign;
        bool const is_served = coverage_of(*entry_, store_.view(where)) == controller::coverage::covered;
        auto const count_kept = [&](auto const& account)
        {
            bool const is_for = is_served && !is_foreign && entry_->accounts.matches(account.name);
            seen_.accounts_kept += is_for && runtime::names_reference(account.references, secret) ? 1 : 0;
        };
        store_.for_each_account(where, count_kept);
        act_on_plans(where);
        auto const after = store_.find_secret(where, secret);
        if (!before && after)
            seen_.secrets_added.insert(full_name(where, secret));
        else if (before && !after)
            seen_.secrets_removed.insert(full_name(where, secret));
        else if (is_served && is_foreign)
            seen_.secrets_in_the_way.insert(full_name(where, secret));
        else if (is_served && knows_contents_ && before->state != after->state)
            seen_.secrets_changed.insert(full_name(where, secret));
        else if (is_served)
            ++seen_.secrets_kept;
    }

    /// Carries out plans until nothing is left to do, like the reconciler, but only in the store.
    void act_on_plans(runtime::namespace_id where)
    {
        controller::probe_results found;
        for (cluster_store::account_cursor from = 0; from != cluster_store::end_of_accounts;)
        {
            auto const planned = controller::plan(catalog_, store_, where, found, from);
            for (auto const& step : planned.actions)
                act(where, step, found);
            if (planned.actions.empty())
                from = planned.next;
        }
    }

    void act(runtime::namespace_id where, action const& step, controller::probe_results& found)
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
            bool const refers = std::find(list.begin(), list.end(), name) != list.end();
            if (refers != runtime::names_reference(account->references, name))
                (refers ? seen_.accounts_added : seen_.accounts_removed)
                    .insert(full_name(where, step.target));
            store_.put_account(ns, step.target, version, list);
            found.accounts[step.target] = {version, list};
        }
        else if (step.what == kind::read_account)
            // The controller reads the whole list; here the part that the store keeps must suffice.
            found.accounts[step.target] = {
                account->resource_version, runtime::decode_references(account->references)};
        else if (step.what == kind::delete_secret)
            store_.drop_secret(ns, step.target, version);
        else if (step.what == kind::update_secret || (step.what == kind::create_secret && !exists))
            store_.put_secret(ns, step.target, version, {entry_->secret.fingerprint});
        else if (step.what == kind::create_secret || !exists)
            // A Secret without our label is in no list and may have another owner: it stays.
            found.foreign.insert(step.target);
    }

    cluster_store& store_;
    bool knows_contents_;
    controller::catalog catalog_;
    controller::catalog_entry const* entry_ = nullptr;
    change_preview seen_;
};

}  // namespace

change_preview preview(
    controller::catalog_entry const& wanted, controller::catalog const& others, cluster_store& store
)
{
    return previewer(wanted, others, store).run();
}

}  // namespace tcr::commands
