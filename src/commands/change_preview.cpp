#include <tcr/commands/change_preview.hpp>
#include <tcr/runtime/reference_list.hpp>

#include <algorithm>
#include <utility>

namespace tcr::commands
{
namespace
{

using runtime::cluster_store;

class previewer
{
public:
    previewer(controller::catalog_entry const& wanted, cluster_store const& store)
        : wanted_(wanted), store_(store)
    {
    }

    change_preview run()
    {
        store_.for_each_namespace([&](auto where) { look_at(where); });
        for (auto* names :
             {&seen_.secrets_added,
              &seen_.secrets_changed,
              &seen_.secrets_removed,
              &seen_.secrets_in_the_way,
              &seen_.accounts_added,
              &seen_.accounts_removed})
            std::sort(names->begin(), names->end());
        return std::move(seen_);
    }

private:
    void look_at(runtime::namespace_id where)
    {
        auto const ns = store_.view(where);
        if (!ns.exists || ns.is_terminating)
            return;
        bool const is_served = wanted_.scope->match(ns) == controller::coverage::covered;
        bool const is_ours = look_at_secret(where, is_served);
        store_.for_each_account(
            where,
            [&](auto const& account) { look_at_account(ns.name, account, is_served && is_ours, is_ours); }
        );
    }

    /// \return whether the Secret is ours, or would be.
    bool look_at_secret(runtime::namespace_id where, bool is_served)
    {
        auto const full_name = std::string(store_.view(where).name) + "/" + wanted_.secret.name;
        auto const actual = store_.find_secret(where, wanted_.secret.name);
        bool const is_there = actual.has_value();
        auto const state = is_there ? actual->state : runtime::secret_state();
        if (is_there && state.is_foreign)
        {
            if (is_served)
                seen_.secrets_in_the_way.push_back(full_name);
            return false;
        }
        if (is_served && !is_there)
            seen_.secrets_added.push_back(full_name);
        else if (is_served && wanted_.is_valid() && state.fingerprint != wanted_.secret.fingerprint)
            seen_.secrets_changed.push_back(full_name);
        else if (is_served)
            ++seen_.secrets_kept;
        else if (is_there)
            seen_.secrets_removed.push_back(full_name);
        return is_served || is_there;
    }

    void look_at_account(
        std::string_view ns, cluster_store::account_view const& account, bool is_served, bool is_ours
    )
    {
        bool const names_it = runtime::names_reference(account.references, wanted_.secret.name);
        bool const shall = is_served && wanted_.accounts.matches(account.name);
        auto const full_name = std::string(ns).append("/").append(account.name);
        if (shall && names_it)
            ++seen_.accounts_kept;
        else if (shall)
            seen_.accounts_added.push_back(full_name);
        else if (names_it && is_ours)
            seen_.accounts_removed.push_back(full_name);
    }

    controller::catalog_entry const& wanted_;
    cluster_store const& store_;
    change_preview seen_;
};

}  // namespace

change_preview preview(controller::catalog_entry const& wanted, cluster_store const& store)
{
    return previewer(wanted, store).run();
}

}  // namespace tcr::commands
