// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/plan.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/runtime/reference_list.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace tcr::controller
{
namespace
{

using runtime::cluster_store;
using runtime::list_extent;

/// Compares the actual state of a namespace with its desired state.
class comparison
{
public:
    comparison(
        catalog const& image_pull_secrets,
        cluster_store const& store,
        runtime::namespace_id where,
        probe_results const& found,
        removed_references const& removed
    )
        : catalog_(image_pull_secrets), store_(store), where_(where), found_(found), removed_(removed)
    {
        auto const ns = store.view(where);
        for (auto const& [name, entry] : image_pull_secrets)
        {
            // If the ImagePullSecret is invalid or its coverage is undecided, its Secret and references stay.
            auto const what = coverage_of(entry, ns);
            if (what == coverage::unusable || what == coverage::labels_unknown)
                unchanged_.insert(entry.secret.name);
            else if (what == coverage::covered)
            {
                desired_.push_back({&entry, store.find_secret(where, entry.secret.name)});
                treats_accounts_alike_ = treats_accounts_alike_ && entry.treats_accounts_alike();
            }
        }
    }

    plan_result result(cluster_store::account_cursor from)
    {
        for (auto const& each : desired_)
            plan_secret(each);
        plan_result made;
        made.next = store_.for_accounts_from(
            where_, from, max_planned_accounts, [&](auto const& account) { plan_references(account); }
        );
        if (made.next == cluster_store::end_of_accounts)
            store_.for_each_secret(where_, [&](auto const& secret) { plan_removal(secret); });
        // Writes come before reads, because writes are known to be necessary.
        made.actions = std::move(actions_);
        // Inspections of Secrets come before reads of accounts, because the caller plans again after each
        // read of an account.
        std::ranges::stable_sort(reads_, {}, &action::what);
        made.actions.insert(made.actions.end(), reads_.begin(), reads_.end());
        made.kept = std::move(kept_);
        made.desired_again = std::move(desired_again_);
        return made;
    }

private:
    struct desired_secret
    {
        catalog_entry const* entry;
        std::optional<cluster_store::secret_view> actual;

        std::string const& name() const { return entry->secret.name; }

        /// Whether the Secret must be deleted and created again. The API server refuses to change the data of
        /// an immutable Secret.
        bool must_be_recreated() const
        {
            return actual->state.is_immutable && actual->state.fingerprint != entry->secret.fingerprint;
        }

        /// Whether accounts may refer to the Secret: it exists, is not foreign, and will not be recreated.
        bool is_usable() const { return actual && !actual->state.is_foreign && !must_be_recreated(); }

        bool is_for(std::string_view account) const { return entry->refers_from(account); }
    };

    void plan_secret(desired_secret const& desired)
    {
        // If a GET of this run has found a foreign Secret, plan nothing. If only the watch shows a foreign
        // Secret, try to create the Secret nevertheless. The request then fails, and the reconciler inspects
        // the foreign Secret and reports the conflict.
        if (found_.foreign.contains(desired.name()))
            return;
        if (!desired.actual || desired.actual->state.is_foreign)
            return actions_.push_back({action::kind::create_secret, desired.name(), 0, {}});
        if (desired.actual->state.fingerprint == desired.entry->secret.fingerprint)
            return;
        auto const how =
            desired.must_be_recreated() ? action::kind::delete_secret : action::kind::update_secret;
        actions_.push_back({how, desired.name(), desired.actual->resource_version, {}});
    }

    /// The desired Secret with this name, or null.
    desired_secret const* find_desired(std::string_view name) const
    {
        auto const found = std::ranges::lower_bound(desired_, name, {}, &desired_secret::name);
        return found != desired_.end() && found->name() == name ? &*found : nullptr;
    }

    bool is_desired_for(std::string_view name, std::string_view account) const
    {
        auto const* desired = find_desired(name);
        return desired != nullptr && desired->is_for(account);
    }

    /// Plans a read, unless `max_planned_reads` are planned already. A later call of `plan` then plans it.
    void plan_read(action::kind how, std::string_view target)
    {
        if (reads_.size() >= max_planned_reads)
            return;
        action const step{how, std::string(target), 0, {}};
        if (std::ranges::find(reads_, step) == reads_.end())
            reads_.push_back(step);
    }

    /// Whether the Secret and the references to it stay as they are.
    bool is_unchanged(std::string_view name) const
    {
        return unchanged_.contains(name) || catalog_.has_released(name) || !catalog_.access().allows(name);
    }

    /// Whether the Secret has an ImagePullSecret that does not manage references.
    bool leaves_references(std::string_view name) const
    {
        auto const* entry = catalog_.find_by_secret(name);
        return entry != nullptr && !entry->cr.spec.manages_references();
    }

    /// Whether the controller removed this reference before. If the account has the reference now, another
    /// client wrote it again.
    bool was_removed(std::string_view account, std::string_view name) const
    {
        return !removed_.is_unused() &&
               removed_.contains({store_.view(where_).name, account, name, catalog_.spec_version(name)});
    }

    /// Whether a reference that no ImagePullSecret asks for may be removed now. If the owner of the Secret is
    /// unknown, plans an inspection and returns false. If another client wrote the reference again, adds it
    /// to `kept_` and returns false.
    bool may_remove(std::string_view account, std::string_view name)
    {
        // The API server accepts any text in imagePullSecrets. A text that is not an object name is not ours.
        if (!name.starts_with(secret_prefix) || !kube::is_object_name(name) || is_unchanged(name) ||
            leaves_references(name) || found_.foreign.contains(name))
            return false;
        auto const actual = store_.find_secret(where_, name);
        if (actual && (actual->state.is_foreign || actual->state.is_unowned))
            return false;
        if (was_removed(account, name))
        {
            kept_.push_back({std::string(account), std::string(name)});
            return false;
        }
        if (!actual && !found_.absent.contains(name))
        {
            plan_read(action::kind::inspect_secret, name);
            return false;
        }
        return true;
    }

    /// Whether the account's references with our prefix are the desired ones: one for each usable Secret that
    /// the account needs. This is the usual case.
    bool is_as_desired(cluster_store::account_view const& account)
    {
        // A fast path: usually most accounts of a namespace have the same list.
        if (treats_accounts_alike_ && correct_lists_.contains(account.references_id))
            return true;
        actual_names_.clear();
        desired_names_.clear();
        runtime::for_each_reference(
            account.references,
            [&](auto entry)
            {
                if (entry.starts_with(secret_prefix))
                    actual_names_.push_back(entry);
            }
        );
        for (auto const& each : desired_)
            if (each.is_for(account.name) && each.is_usable())
                desired_names_.push_back(each.name());
        if (actual_names_.size() != desired_names_.size())
            return false;
        std::sort(actual_names_.begin(), actual_names_.end());
        std::sort(desired_names_.begin(), desired_names_.end());
        if (actual_names_ != desired_names_)
            return false;
        correct_lists_.insert(account.references_id);
        return true;
    }

    void note_desired_again(std::string_view account, std::string_view name)
    {
        if (is_desired_for(name, account) && was_removed(account, name))
            desired_again_.push_back({std::string(account), std::string(name)});
    }

    /// The list of the account that this run has read; null if it has read none, or an older version than the
    /// store's.
    account_list const* list_read(cluster_store::account_view const& account) const
    {
        auto const read = found_.accounts.find(account.name);
        bool const is_current =
            read != found_.accounts.end() && read->second.resource_version >= account.resource_version;
        return is_current ? &read->second : nullptr;
    }

    /// Whether the account is in `probe_results::checked` with the store's version or a newer one.
    bool was_checked(cluster_store::account_view const& account) const
    {
        auto const checked = found_.checked.find(account.name);
        return checked != found_.checked.end() && checked->second >= account.resource_version;
    }

    void plan_references(cluster_store::account_view const& account)
    {
        if (account.extent == list_extent::too_long)
            return;
        if (!removed_.is_unused())
            runtime::for_each_reference(
                account.references, [&](auto entry) { note_desired_again(account.name, entry); }
            );
        if (auto const* read = list_read(account))
            return plan_list(account.name, read->references, read->resource_version);
        if (was_checked(account))
            return;
        if (account.extent == list_extent::unread)
            return plan_read(action::kind::read_account, account.name);
        if (is_as_desired(account))
            return;
        auto const reads_before = reads_.size();
        auto const kept_before = kept_.size();
        auto desired = new_list(account.name, runtime::decode_references(account.references));
        bool const is_undecided = reads_.size() != reads_before || reads_.size() >= max_planned_reads;
        if (desired && account.extent == list_extent::whole)
            actions_.push_back(
                {action::kind::set_references,
                 std::string(account.name),
                 account.resource_version,
                 std::move(*desired)}
            );
        else if (desired)
            plan_read(action::kind::read_account, account.name);
        else if (!is_undecided && kept_.size() == kept_before)
            correct_lists_.insert(account.references_id);
    }

    void plan_list(
        std::string_view account, std::vector<std::string> const& references, std::uint64_t resource_version
    )
    {
        for (auto const& name : references)
            note_desired_again(account, name);
        if (auto desired = new_list(account, references))
            actions_.push_back(
                {action::kind::set_references, std::string(account), resource_version, std::move(*desired)}
            );
    }

    /// The new list; nullopt if the present list needs no change.
    std::optional<std::vector<std::string>> new_list(
        std::string_view account, std::vector<std::string> const& references
    )
    {
        std::vector<std::string> desired;
        std::unordered_set<std::string_view> there;
        bool differs = false;
        for (auto const& name : references)
        {
            bool const is_desired = is_desired_for(name, account);
            bool const is_repeated = there.contains(name);
            if (is_repeated ? is_desired : !is_desired && may_remove(account, name))
            {
                differs = true;
                continue;
            }
            desired.push_back(name);
            there.insert(name);
        }
        for (auto const& each : desired_)
        {
            if (there.contains(each.name()) || !each.is_usable() || !each.is_for(account))
                continue;
            desired.push_back(each.name());
            differs = true;
        }
        if (!differs)
            return std::nullopt;
        return desired;
    }

    /// Whether an account of the namespace has a reference to the Secret, by the lists in the store and by
    /// those that this run has read. Such a reference must be removed before the Secret. If the list of an
    /// account is unknown, it may have a reference to each Secret. References that another client wrote again
    /// do not count, because they stay.
    bool is_referenced(std::string_view name)
    {
        if (!referenced_)
        {
            referenced_.emplace();
            std::unordered_set<runtime::string_pool::id> seen;
            store_.for_each_account(
                where_,
                [&](auto const& account)
                {
                    auto const* read = list_read(account);
                    if (read != nullptr)
                        for (auto const& entry : read->references)
                            if (!was_removed(account.name, entry))
                                referenced_->insert(entry);
                    if (account.extent == list_extent::unread && read == nullptr && !was_checked(account))
                        has_unknown_list_ = true;
                    if (seen.contains(account.references_id))
                        return;
                    bool has_kept = false;
                    runtime::for_each_reference(
                        account.references,
                        [&](std::string_view entry)
                        {
                            if (!entry.starts_with(secret_prefix))
                                return;
                            if (was_removed(account.name, entry))
                                has_kept = true;
                            else
                                referenced_->insert(entry);
                        }
                    );
                    // Read equal lists only once, except a list with a reference that another client wrote
                    // again: in the next account with this list, the controller may have written it.
                    if (!has_kept)
                        seen.insert(account.references_id);
                }
            );
        }
        return has_unknown_list_ || referenced_->contains(name);
    }

    void plan_removal(cluster_store::secret_view const& secret)
    {
        if (secret.state.is_foreign || secret.state.is_unowned || is_unchanged(secret.name) ||
            actions_.size() >= max_planned_actions || find_desired(secret.name) != nullptr)
            return;
        if (leaves_references(secret.name) || !is_referenced(secret.name))
            actions_.push_back(
                {action::kind::delete_secret, std::string(secret.name), secret.resource_version, {}}
            );
    }

    catalog const& catalog_;
    cluster_store const& store_;
    runtime::namespace_id where_;
    probe_results const& found_;
    removed_references const& removed_;
    std::vector<desired_secret> desired_;  ///< sorted by name, like the catalog
    std::unordered_set<std::string_view> unchanged_;
    std::optional<std::unordered_set<std::string_view>> referenced_;
    std::vector<action> reads_;
    std::vector<account_reference> kept_;
    std::vector<account_reference> desired_again_;
    bool has_unknown_list_ = false;  ///< of an account; set together with `referenced_`
    bool treats_accounts_alike_ = true;
    std::unordered_set<runtime::string_pool::id> correct_lists_;  ///< lists that need no change
    std::vector<std::string_view> actual_names_;                  ///< buffer of `is_as_desired`
    std::vector<std::string_view> desired_names_;                 ///< buffer of `is_as_desired`
    std::vector<action> actions_;
};

}  // namespace

plan_result plan(
    catalog const& image_pull_secrets,
    cluster_store const& store,
    runtime::namespace_id where,
    probe_results const& found,
    cluster_store::account_cursor from,
    removed_references const& removed
)
{
    auto const ns = store.view(where);
    if (!ns.exists || ns.is_terminating)
        return {};
    return comparison(image_pull_secrets, store, where, found, removed).result(from);
}

}  // namespace tcr::controller
