#include <tcr/controller/plan.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/runtime/reference_list.hpp>

#include <algorithm>

namespace tcr::controller
{
namespace
{

using runtime::cluster_store;

/// A namespace as it is and as the CRs want it, side by side.
class comparison
{
public:
    comparison(
        catalog const& crs, cluster_store const& store, runtime::namespace_id where, findings const& found
    )
        : crs_(crs), found_(found)
    {
        auto const ns = store.view(where);
        for (auto const& [name, entry] : crs)
            if (entry.is_valid() && entry.wants(ns))
                desired_.push_back(&entry);
        store.for_each_secret(where, [&](auto const& secret) { secrets_.push_back(secret); });
        store.for_each_account(where, [&](auto const& account) { accounts_.push_back(account); });
    }

    std::vector<action> actions()
    {
        for (auto const* entry : desired_)
            want_secret(*entry);
        for (auto const& account : accounts_)
            want_references(account);
        for (auto const& secret : secrets_)
            want_no_secret(secret);
        return std::move(actions_);
    }

private:
    cluster_store::secret_view const* secret_named(std::string_view name) const
    {
        auto const found = std::find_if(
            secrets_.begin(), secrets_.end(), [&](auto const& secret) { return secret.name == name; }
        );
        return found == secrets_.end() ? nullptr : &*found;
    }

    void want_secret(catalog_entry const& entry)
    {
        auto const* actual = secret_named(entry.secret.name);
        // One that bears our label but is not ours is asked about like one we cannot see: so it is reported, and
        // looked at again from time to time.
        if (actual == nullptr || actual->state.is_foreign)
        {
            if (!found_.foreign.contains(entry.secret.name))
                actions_.push_back({action::kind::create_secret, entry.secret.name, 0, {}});
            return;
        }
        if (actual->state.fingerprint == entry.secret.fingerprint)
            return;
        auto const how =
            must_be_made_anew(*actual, entry) ? action::kind::delete_secret : action::kind::update_secret;
        actions_.push_back({how, entry.secret.name, actual->resource_version, {}});
    }

    /// What somebody made immutable cannot be updated.
    static bool must_be_made_anew(cluster_store::secret_view const& actual, catalog_entry const& entry)
    {
        return actual.state.is_immutable && actual.state.fingerprint != entry.secret.fingerprint;
    }

    bool is_desired_for(std::string_view name, std::string_view account) const
    {
        return std::any_of(
            desired_.begin(),
            desired_.end(),
            [&](auto const* entry) { return entry->secret.name == name && entry->accounts.matches(account); }
        );
    }

    /// Whether a reference that no CR wants may be taken away now. Asks for a judgement where nobody knows.
    bool may_remove(std::string_view name)
    {
        // The API server takes any text as a name in imagePullSecrets; what is no name is no Secret of ours.
        if (!name.starts_with(secret_prefix) || !kube::is_object_name(name) || found_.foreign.contains(name))
            return false;
        if (auto const* entry = crs_.find_by_secret(name); entry != nullptr && !entry->is_valid())
            return false;
        if (auto const* actual = secret_named(name))
            return !actual->state.is_foreign && !actual->state.is_unmarked;
        if (found_.absent.contains(name))
            return true;
        action judge{action::kind::judge_secret, std::string(name), 0, {}};
        if (std::find(actions_.begin(), actions_.end(), judge) == actions_.end())
            actions_.push_back(std::move(judge));
        return false;
    }

    /// Whether the Secret is there to be named, or soon will be under the same name.
    bool is_usable(catalog_entry const& entry) const
    {
        auto const* actual = secret_named(entry.secret.name);
        return actual != nullptr && !actual->state.is_foreign && !must_be_made_anew(*actual, entry);
    }

    /// Whether the account names all it is to name, once, and nothing that might be ours beside. That is the usual case,
    /// and takes no memory.
    bool is_as_wanted(cluster_store::account_view const& account) const
    {
        std::size_t ours = 0;
        runtime::for_each_reference(
            account.references, [&](auto entry) { ours += entry.starts_with(secret_prefix) ? 1 : 0; }
        );
        std::size_t wanted = 0;
        for (auto const* entry : desired_)
        {
            if (!entry->accounts.matches(account.name) || !is_usable(*entry))
                continue;
            if (!runtime::names_reference(account.references, entry->secret.name))
                return false;
            ++wanted;
        }
        return ours == wanted;
    }

    void want_references(cluster_store::account_view const& account)
    {
        if (is_as_wanted(account))
            return;
        std::vector<std::string> wanted;
        bool differs = false;
        for (auto const& name : runtime::decode_references(account.references))
        {
            bool const is_desired = is_desired_for(name, account.name);
            bool const twice = is_desired && std::find(wanted.begin(), wanted.end(), name) != wanted.end();
            if (twice || (!is_desired && may_remove(name)))
                differs = true;
            else
                wanted.emplace_back(name);
        }
        for (auto const* entry : desired_)
        {
            bool const there = std::find(wanted.begin(), wanted.end(), entry->secret.name) != wanted.end();
            if (there || !is_usable(*entry) || !entry->accounts.matches(account.name))
                continue;
            wanted.push_back(entry->secret.name);
            differs = true;
        }
        if (differs)
            actions_.push_back(
                {action::kind::set_references,
                 std::string(account.name),
                 account.resource_version,
                 std::move(wanted)}
            );
    }

    bool is_referenced(std::string_view name) const
    {
        return std::any_of(
            accounts_.begin(),
            accounts_.end(),
            [&](auto const& account) { return runtime::names_reference(account.references, name); }
        );
    }

    void want_no_secret(cluster_store::secret_view const& secret)
    {
        if (secret.state.is_foreign || secret.state.is_unmarked)
            return;
        if (auto const* entry = crs_.find_by_secret(secret.name); entry != nullptr && !entry->is_valid())
            return;
        bool const desired = std::any_of(
            desired_.begin(),
            desired_.end(),
            [&](auto const* entry) { return entry->secret.name == secret.name; }
        );
        if (!desired && !is_referenced(secret.name))
            actions_.push_back(
                {action::kind::delete_secret, std::string(secret.name), secret.resource_version, {}}
            );
    }

    catalog const& crs_;
    findings const& found_;
    std::vector<catalog_entry const*> desired_;
    std::vector<cluster_store::secret_view> secrets_;
    std::vector<cluster_store::account_view> accounts_;
    std::vector<action> actions_;
};

}  // namespace

std::vector<action> plan(
    catalog const& crs, cluster_store const& store, runtime::namespace_id where, findings const& found
)
{
    auto const ns = store.view(where);
    if (!ns.exists || ns.is_terminating)
        return {};
    return comparison(crs, store, where, found).actions();
}

}  // namespace tcr::controller
