#include <tcr/runtime/cluster_store.hpp>

#include <algorithm>

namespace tcr::runtime
{
namespace_id cluster_store::namespace_of(std::string_view name)
{
    if (auto known = find_namespace(name))
        return *known;
    auto const fresh = namespaces_.allocate();
    auto const name_id = names_.acquire(name);
    namespaces_[fresh].name = name_id;
    if (namespace_by_name_.size() <= name_id)
        namespace_by_name_.resize(name_id + 1);
    namespace_by_name_[name_id] = fresh;
    return fresh;
}

std::optional<namespace_id> cluster_store::find_namespace(std::string_view name) const
{
    auto const name_id = names_.find(name);
    if (name_id == string_pool::absent || name_id >= namespace_by_name_.size() ||
        namespace_by_name_[name_id] == 0)
        return std::nullopt;
    return namespace_by_name_[name_id];
}

cluster_store::namespace_view cluster_store::view(namespace_id which) const
{
    auto const& record = namespaces_[which];
    return {names_.text(record.name), names_.text(record.labels), record.exists, record.is_terminating};
}

void cluster_store::forget_if_empty(namespace_id which)
{
    auto const& record = namespaces_[which];
    if (record.exists || record.first_account != 0 || record.first_secret != 0)
        return;
    namespace_by_name_[record.name] = 0;
    names_.release(record.labels);
    names_.release(record.name);
    namespaces_.release(which);
}

stored cluster_store::put_namespace(std::string_view name, std::string_view labels, bool is_terminating)
{
    auto const where = namespace_of(name);
    auto& record = namespaces_[where];
    record.epoch = epochs_[static_cast<int>(kind::namespaces)];
    auto const label_id = names_.acquire(labels);
    bool const same = record.exists && record.labels == label_id && record.is_terminating == is_terminating;
    auto const what = same ? change::none : record.exists ? change::modified : change::added;
    names_.release(record.labels);
    record.labels = label_id;
    record.exists = true;
    record.is_terminating = is_terminating;
    return {what, where};
}

stored cluster_store::drop_namespace(std::string_view name)
{
    auto const where = find_namespace(name);
    if (!where || !namespaces_[*where].exists)
        return {};
    namespaces_[*where].exists = false;
    forget_if_empty(*where);
    return {change::removed, *where};
}

template <class Record>
std::uint32_t cluster_store::find_in(
    record_pool<Record> const& pool, std::uint32_t first, std::string_view name
) const
{
    auto const wanted = names_.find(name);
    auto each = first;
    while (each != 0 && pool[each].name != wanted)
        each = pool[each].next;
    return each;
}

template <class Record>
void cluster_store::unlink(record_pool<Record>& pool, std::uint32_t& first, std::uint32_t which)
{
    if (first == which)
        first = pool[which].next;
    else
    {
        auto before = first;
        while (pool[before].next != which)
            before = pool[before].next;
        pool[before].next = pool[which].next;
    }
    free_names(pool[which]);
    pool.release(which);
}

void cluster_store::free_names(account_record const& record)
{
    names_.release(record.references);
    names_.release(record.name);
}

void cluster_store::free_names(secret_record const& record)
{
    names_.release(record.name);
}

stored cluster_store::put_account(
    std::string_view ns,
    std::string_view name,
    std::uint64_t resource_version,
    reference_list const& references,
    origin told_by
)
{
    watched(kind::accounts, resource_version, told_by);
    auto const where = namespace_of(ns);
    auto which = find_in(accounts_, namespaces_[where].first_account, name);
    bool const is_new = which == 0;
    if (is_new && is_stale(kind::accounts, resource_version, told_by))
    {
        forget_if_empty(where);
        return {};
    }
    if (is_new)
    {
        which = accounts_.allocate();
        accounts_[which].name = names_.acquire(name);
        accounts_[which].next = namespaces_[where].first_account;
        namespaces_[where].first_account = which;
    }
    auto& record = accounts_[which];
    record.epoch = epochs_[static_cast<int>(kind::accounts)];
    if (resource_version <= record.version)
        return {change::none, where};
    record.version = resource_version;
    auto const list = names_.acquire(references.text());
    bool const same = list == record.references;
    names_.release(record.references);
    record.references = list;
    return {is_new ? change::added : same ? change::none : change::modified, where};
}

stored cluster_store::drop_account(
    std::string_view ns, std::string_view name, std::uint64_t resource_version, origin told_by
)
{
    watched(kind::accounts, resource_version, told_by);
    auto const where = find_namespace(ns);
    auto const which = where ? find_in(accounts_, namespaces_[*where].first_account, name) : 0;
    if (which == 0 || (told_by == origin::watch && resource_version < accounts_[which].version))
        return {};
    unlink(accounts_, namespaces_[*where].first_account, which);
    forget_if_empty(*where);
    return {change::removed, *where};
}

stored cluster_store::put_secret(
    std::string_view ns,
    std::string_view name,
    std::uint64_t resource_version,
    secret_state state,
    origin told_by
)
{
    watched(kind::secrets, resource_version, told_by);
    auto const where = namespace_of(ns);
    auto which = find_in(secrets_, namespaces_[where].first_secret, name);
    bool const is_new = which == 0;
    if (is_new && is_stale(kind::secrets, resource_version, told_by))
    {
        forget_if_empty(where);
        return {};
    }
    if (is_new)
    {
        which = secrets_.allocate();
        secrets_[which].name = names_.acquire(name);
        secrets_[which].next = namespaces_[where].first_secret;
        namespaces_[where].first_secret = which;
    }
    auto& record = secrets_[which];
    record.epoch = epochs_[static_cast<int>(kind::secrets)];
    if (resource_version <= record.version)
        return {change::none, where};
    record.version = resource_version & ((std::uint64_t{1} << 53) - 1);
    secret_state const before = state_of(record);
    record.fingerprint = state.fingerprint;
    record.is_foreign = state.is_foreign;
    record.is_immutable = state.is_immutable;
    record.is_unmarked = state.is_unmarked;
    return {is_new ? change::added : before == state ? change::none : change::modified, where};
}

stored cluster_store::drop_secret(
    std::string_view ns, std::string_view name, std::uint64_t resource_version, origin told_by
)
{
    watched(kind::secrets, resource_version, told_by);
    auto const where = find_namespace(ns);
    auto const which = where ? find_in(secrets_, namespaces_[*where].first_secret, name) : 0;
    if (which == 0 || (told_by == origin::watch && resource_version < secrets_[which].version))
        return {};
    unlink(secrets_, namespaces_[*where].first_secret, which);
    forget_if_empty(*where);
    return {change::removed, *where};
}

void cluster_store::watched(kind which, std::uint64_t resource_version, origin told_by)
{
    auto& newest = watched_[static_cast<int>(which)];
    if (told_by == origin::watch)
        newest = std::max(newest, resource_version);
}

void cluster_store::begin_list(kind which)
{
    auto& epoch = epochs_[static_cast<int>(which)];
    if (++epoch != 0)
        return;
    // The count came round, after lists that begin and never end: the marks of the first round would look new.
    epoch = 1;
    if (which == kind::namespaces)
        for (namespace_id each = 1; each <= namespaces_.highest(); ++each)
            namespaces_[each].epoch = 0;
    if (which == kind::accounts)
        for (std::uint32_t each = 1; each <= accounts_.highest(); ++each)
            accounts_[each].epoch = 0;
    if (which == kind::secrets)
        for (std::uint32_t each = 1; each <= secrets_.highest(); ++each)
            secrets_[each].epoch = 0;
}

template <class Record>
bool cluster_store::sweep(
    record_pool<Record>& pool, std::uint32_t& first, std::uint8_t epoch, std::uint64_t resource_version
)
{
    bool swept = false;
    for (auto each = first; each != 0;)
    {
        auto const next = pool[each].next;
        if (pool[each].epoch != epoch && pool[each].version <= resource_version)
        {
            unlink(pool, first, each);
            swept = true;
        }
        each = next;
    }
    return swept;
}

void cluster_store::end_list(kind which, std::uint64_t resource_version, std::vector<namespace_id>& removed)
{
    watched(which, resource_version, origin::watch);
    auto const epoch = epochs_[static_cast<int>(which)];
    for (namespace_id each = 1; each <= namespaces_.highest(); ++each)
    {
        auto& record = namespaces_[each];
        if (record.name == 0)
            continue;
        bool lost = false;
        if (which == kind::accounts)
            lost = sweep(accounts_, record.first_account, epoch, resource_version);
        else if (which == kind::secrets)
            lost = sweep(secrets_, record.first_secret, epoch, resource_version);
        else if (record.exists && record.epoch != epoch)
        {
            record.exists = false;
            lost = true;
        }
        if (lost)
            removed.push_back(each);
        forget_if_empty(each);
    }
}

void cluster_store::rewind(kind which)
{
    watched_[static_cast<int>(which)] = 0;
    if (which == kind::accounts)
        for (std::uint32_t each = 1; each <= accounts_.highest(); ++each)
            accounts_[each].version = 0;
    if (which == kind::secrets)
        for (std::uint32_t each = 1; each <= secrets_.highest(); ++each)
            secrets_[each].version = 0;
}

}  // namespace tcr::runtime
