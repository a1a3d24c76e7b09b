// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/served_counts.hpp>
#include <tcr/runtime/reference_list.hpp>

#include <algorithm>
#include <type_traits>

namespace tcr::controller
{

using runtime::cluster_store;

namespace
{

/// Bytes of an imagePullSecrets list that are parsed in the time of one comparison.
constexpr std::size_t bytes_a_comparison = 16;

}  // namespace

void served_counts::mark(runtime::namespace_id where)
{
    if (where == 0)
        return;
    if (is_marked_.size() <= where)
        is_marked_.resize(where + 1);
    if (is_marked_[where])
        return;
    is_marked_[where] = true;
    marked_.push_back(where);
}

void served_counts::mark_all()
{
    store_.for_each_namespace([this](auto where) { mark(where); });
}

void served_counts::begin_round()
{
    // Namespaces that the previous round has not counted yet stay in `round_`.
    for (auto const where : marked_)
        is_marked_[where] = false;
    round_.insert(round_.end(), marked_.begin(), marked_.end());
    marked_.clear();
}

bool served_counts::count_some(std::size_t max_comparisons)
{
    look_up_owners();
    std::size_t compared = 0;
    while (compared < max_comparisons && (current_.where != 0 || !round_.empty()))
    {
        if (current_.where == 0)
        {
            auto const where = round_.back();
            round_.pop_back();
            compared += begin_count(where);
        }
        compared += count_accounts();
        if (current_.next != cluster_store::end_of_accounts)
            continue;
        static_assert(std::is_trivially_copyable_v<share>);
        replace(
            current_.where,
            {reinterpret_cast<char const*>(current_.shares.data()), current_.shares.size() * sizeof(share)}
        );
        current_ = {};
    }
    referenced_.clear();
    by_id_.clear();
    owners_.clear();
    return current_.where == 0 && round_.empty();
}

void served_counts::look_up_owners()
{
    // Erase the ids of deleted ImagePullSecrets here, and their sums below. An ImagePullSecret that is
    // created again with the same name gets a new id.
    std::erase_if(ids_, [this](auto const& each) { return catalog_.find(each.first) == nullptr; });
    for (auto const& [name, entry] : catalog_)
    {
        auto const [known, is_new] = ids_.try_emplace(name, last_id_ + 1);
        last_id_ += is_new ? 1 : 0;
        owners_.push_back({&entry, known->second});
        by_id_.emplace(known->second, &entry);
        sums_.try_emplace(known->second);
    }
    std::erase_if(sums_, [this](auto const& each) { return !by_id_.contains(each.first); });
}

/// Begins the count of a namespace: counts its Secrets. \return the number of comparisons.
std::size_t served_counts::begin_count(runtime::namespace_id where)
{
    current_ = {};
    current_.where = where;
    if (where > store_.highest_namespace())
        return 1;
    auto const ns = store_.view(where);
    for (auto const& each : owners_)
    {
        // `match` decides by the spec alone: an invalid ImagePullSecret has desired Secrets, too.
        if (each.entry->scope->match(ns) != coverage::covered)
            continue;
        auto const secret = store_.find_secret(where, each.entry->secret.name);
        bool const is_as_desired = secret && !secret->state.is_foreign &&
                                   secret->state.fingerprint == each.entry->secret.fingerprint;
        current_.shares.push_back({each.id, is_as_desired ? 1u : 0u, 0, 0});
    }
    return owners_.size();
}

/// Counts the next accounts of the namespace. \return the number of comparisons.
std::size_t served_counts::count_accounts()
{
    if (current_.shares.empty())
    {
        current_.next = cluster_store::end_of_accounts;
        return 1;
    }
    std::size_t compared = 0;
    constexpr std::size_t accounts_a_step = 64;
    std::vector<catalog_entry const*> entries;
    for (auto const& each : current_.shares)
    {
        // Null if the ImagePullSecret was deleted since the count began. `add` then skips its share, too.
        auto const known = by_id_.find(each.owner);
        entries.push_back(known == by_id_.end() ? nullptr : known->second);
    }
    auto const count = [&](cluster_store::account_view const& account)
    {
        compared += current_.shares.size();
        if (account.extent == runtime::list_extent::too_long ||
            account.extent == runtime::list_extent::unread)
            return;
        compared += account.references.size() / bytes_a_comparison;
        auto const& referenced = referenced_by(account);
        for (std::size_t i = 0; i < entries.size(); ++i)
        {
            if (entries[i] == nullptr || !entries[i]->refers_from(account.name))
                continue;
            auto& of_entry = current_.shares[i];
            ++of_entry.accounts_desired;
            if (std::binary_search(referenced.begin(), referenced.end(), of_entry.owner))
                ++of_entry.accounts_success;
        }
    };
    current_.next = store_.for_accounts_from(current_.where, current_.next, accounts_a_step, count);
    return compared + 1;
}

/// Sorted ids of the ImagePullSecrets whose Secrets the account refers to.
std::vector<std::uint32_t> const& served_counts::referenced_by(cluster_store::account_view const& account)
{
    auto const [known, is_new] = referenced_.try_emplace(account.references_id);
    if (!is_new)
        return known->second;
    auto& ids = known->second;
    runtime::for_each_reference(
        account.references,
        [&](std::string_view name)
        {
            auto const* entry = catalog_.find_by_secret(name);
            if (entry != nullptr)
                ids.push_back(ids_.find(entry->cr.name)->second);
        }
    );
    std::sort(ids.begin(), ids.end());
    return ids;
}

void served_counts::replace(runtime::namespace_id where, std::string_view shares)
{
    if (by_namespace_.size() <= where)
        by_namespace_.resize(where + 1);
    auto const before = by_namespace_[where];
    by_namespace_[where] = pool_.acquire(shares);
    add(pool_.text(before), -1);
    add(shares, 1);
    pool_.release(before);
}

void served_counts::add(std::string_view shares, std::int64_t sign)
{
    for (; !shares.empty(); shares.remove_prefix(sizeof(share)))
    {
        share each;
        shares.copy(reinterpret_cast<char*>(&each), sizeof(share));
        auto const known = sums_.find(each.owner);
        if (known == sums_.end())
            continue;
        auto& sum = known->second;
        sum.secrets_desired += sign;
        sum.secrets_success += sign * each.has_secret;
        sum.accounts_desired += sign * each.accounts_desired;
        sum.accounts_success += sign * each.accounts_success;
    }
}

served served_counts::of(std::string_view name) const
{
    auto const id = ids_.find(name);
    if (id == ids_.end())
        return {};
    auto const sum = sums_.find(id->second);
    return sum == sums_.end() ? served() : sum->second;
}

}  // namespace tcr::controller
