// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/cluster_store.hpp>

#include <algorithm>
#include <utility>

namespace tcr::runtime
{
namespace
{

/// A version older than those of all objects. The API server refuses a write with this version as its
/// precondition. The version 0 would mean: no precondition.
constexpr std::uint64_t oldest_version = 1;

}  // namespace

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
    // Lists are sorted by namespace, so most look-ups are for the same namespace as the previous look-up.
    if (last_found_ != 0 && !name.empty() && names_.text(namespaces_[last_found_].name) == name)
        return last_found_;
    auto const name_id = names_.find(name);
    if (name_id == string_pool::absent || name_id >= namespace_by_name_.size() ||
        namespace_by_name_[name_id] == 0)
        return std::nullopt;
    return last_found_ = namespace_by_name_[name_id];
}

cluster_store::namespace_view cluster_store::view(namespace_id which) const
{
    auto const& record = namespaces_[which];
    return {
        names_.text(record.name),
        names_.text(record.labels),
        record.exists,
        record.is_terminating,
        record.has_unknown_labels};
}

void cluster_store::forget_if_empty(namespace_id which)
{
    auto const& record = namespaces_[which];
    if (record.exists || record.accounts != 0 || record.secrets != 0)
        return;
    namespace_by_name_[record.name] = 0;
    names_.release(record.labels);
    names_.release(record.name);
    namespaces_.release(which);
}

stored cluster_store::put_namespace(
    std::string_view name, std::optional<std::string_view> labels, bool is_terminating, source from
)
{
    auto const where = namespace_of(name);
    auto& record = namespaces_[where];
    if (from == source::list)
        record.is_listed = true;
    bool const are_unknown = !labels || labels->size() > max_label_bytes;
    auto const label_id = names_.acquire(are_unknown ? std::string_view() : *labels);
    bool const same = record.exists && record.labels == label_id &&
                      record.has_unknown_labels == are_unknown && record.is_terminating == is_terminating;
    auto const what = same ? change::none : record.exists ? change::modified : change::added;
    names_.release(record.labels);
    record.labels = label_id;
    record.has_unknown_labels = are_unknown;
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

void cluster_store::free_texts(account_record const& record)
{
    lists_.release(record.references);
    names_.release(record.name);
}

void cluster_store::free_texts(secret_record const& record)
{
    names_.release(record.name);
}

template <class Record, class Update>
stored cluster_store::put(
    collection<Record>& in,
    std::string_view ns,
    std::string_view name,
    std::uint64_t resource_version,
    source from,
    Update&& update
)
{
    auto const where = namespace_of(ns);
    auto& group = namespaces_[where].*in.group;
    // Acquires the name before the search, so that a new name is looked up only once.
    auto const name_id = names_.acquire(name);
    auto& watched = in.progress_of(name_id).watched;
    if (from == source::watch)
        watched = std::max(watched, resource_version);
    // A watch by name reports objects without our label, too. So a GET of such an object counts as an
    // ordinary answer.
    if (from == source::get && in.is_listed_by_name(name_id))
        from = source::answer;
    auto which = in.records.find(group, name_id);
    bool const is_new = which == 0;
    // An answer about an unknown object is outdated if the watch has passed the answer's version: the watch
    // has then reported both the object and its deletion.
    bool const is_stale = is_new && from == source::answer && resource_version <= watched;
    if (is_stale || !is_new)
        names_.release(name_id);
    if (is_stale)
    {
        forget_if_empty(where);
        return {};
    }
    if (is_new)
        which = in.records.insert(group, name_id);
    auto& record = in.records[which];
    bool const is_newer = is_new || in.is_taken(record, resource_version, from);
    // A list by label does not contain an object without our label. So an object from a GET counts as listed:
    // `end_list` keeps the object.
    if (from == source::list || from == source::get)
        record.is_listed = true;
    if (!is_newer)
        return {change::none, where};
    record.is_answered = is_answer(from);
    bool const is_changed = update(record);
    return {is_new ? change::added : is_changed ? change::modified : change::none, where};
}

bool cluster_store::has_room(std::string_view list, account_record const& instead_of, std::size_t limit) const
{
    if (lists_.bytes() + list.size() <= limit || lists_.find(list) != string_pool::absent)
        return true;
    auto const known = instead_of.references;
    auto const freed = lists_.uses(known) == 1 ? lists_.text(known).size() : 0;
    return lists_.bytes() - freed + list.size() <= limit;
}

/// \return whether the record's list changed. An `unread` list counts as changed in each new version of the
/// account.
bool cluster_store::keep_list(account_record& record, reference_list const& references, bool is_other_version)
{
    auto extent = references.extent();
    auto text = references.text();
    if (extent == record.extent && extent != list_extent::unread && text == lists_.text(record.references))
        return false;
    std::string own;
    if (extent == list_extent::whole && !has_room(text, record, max_list_bytes))
    {
        extent = list_extent::own_only;
        own = references.own_text();
        text = own;
    }
    // Only short lists may use the reserve above `max_list_bytes`. Otherwise a few accounts of one tenant
    // could use it up.
    auto const limit =
        text.size() > reference_list::max_whole_bytes ? max_list_bytes : max_list_bytes / 2 * 3;
    if (extent == list_extent::own_only && !has_room(text, record, limit))
    {
        extent = list_extent::unread;
        text = {};
    }
    auto const list = lists_.acquire(text);
    bool const is_other = list != record.references || extent != record.extent ||
                          (extent == list_extent::unread && is_other_version);
    lists_.release(record.references);
    record.references = list;
    record.extent = extent;
    return is_other;
}

stored cluster_store::put_account(
    std::string_view ns,
    std::string_view name,
    std::uint64_t resource_version,
    reference_list const& references,
    source from
)
{
    auto const update = [&](account_record& record)
    {
        bool const is_other_version = std::exchange(record.version, resource_version) != resource_version;
        return keep_list(record, references, is_other_version);
    };
    return put(accounts_, ns, name, resource_version, from, update);
}

stored cluster_store::put_secret(
    std::string_view ns,
    std::string_view name,
    std::uint64_t resource_version,
    secret_state state,
    source from
)
{
    auto const update = [&](secret_record& record)
    {
        record.version = resource_version & ((std::uint64_t{1} << 53) - 1);
        secret_state const before = state_of(record);
        record.fingerprint = state.fingerprint;
        record.is_foreign = state.is_foreign;
        record.is_immutable = state.is_immutable;
        record.is_unowned = state.is_unowned;
        record.has_our_label = state.has_our_label;
        return before != state;
    };
    return put(secrets_, ns, name, resource_version, from, update);
}

template <class Record>
stored cluster_store::drop(
    collection<Record>& in,
    std::string_view ns,
    std::string_view name,
    std::uint64_t resource_version,
    source from
)
{
    auto const name_id = names_.find(name);
    auto& watched = in.progress_of(name_id).watched;
    if (from == source::watch)
        watched = std::max(watched, resource_version);
    auto const where = find_namespace(ns);
    auto const which = where ? in.records.find(namespaces_[*where].*in.group, name_id) : 0;
    if (which == 0)
        return {};
    auto const& known = in.records[which];
    // If the known version is newer than the deletion, the object may have been created again. Perhaps the
    // watch reported the new object before the server answered our DELETE.
    bool const is_newer = resource_version < known.version;
    if (is_newer && !(is_answer(from) && in.is_of_unknown_history(known)))
        return {};
    free_texts(known);
    in.records.erase(namespaces_[*where].*in.group, which);
    forget_if_empty(*where);
    return {change::removed, *where};
}

stored cluster_store::drop_account(
    std::string_view ns, std::string_view name, std::uint64_t resource_version, source from
)
{
    return drop(accounts_, ns, name, resource_version, from);
}

stored cluster_store::drop_secret(
    std::string_view ns, std::string_view name, std::uint64_t resource_version, source from
)
{
    return drop(secrets_, ns, name, resource_version, from);
}

void cluster_store::begin_list(kind which)
{
    auto const begin = [](auto& in)
    {
        in.of_all = {0, true};
        in.records.for_each_record(in.unmark);
    };
    if (which == kind::accounts)
        return begin(accounts_);
    if (which == kind::namespaces)
        return for_each_namespace([&](namespace_id each) { namespaces_[each].is_listed = false; });
    for (auto const& [name, progress] : secrets_.of_names)
        names_.release(name);
    secrets_.of_names.clear();
    begin(secrets_);
}

void cluster_store::begin_list_of_secret(std::string_view name)
{
    // Acquires the name, so that the id that `of_names` holds is not reused for another name.
    auto const name_id = names_.acquire(name);
    if (!secrets_.of_names.insert_or_assign(name_id, list_progress{0, true}).second)
        names_.release(name_id);
    secrets_.records.for_each_record(
        [&](secret_record& record)
        {
            if (record.name == name_id)
                secrets_.unmark(record);
        }
    );
}

template <class Record>
void cluster_store::keep_listed(collection<Record>& in, namespace_id where, std::string_view name)
{
    auto const which = in.records.find(namespaces_[where].*in.group, names_.find(name));
    if (which == 0)
        return;
    auto& record = in.records[which];
    record.is_listed = true;
    // The known state may be of another history with higher versions. With the oldest version, any later
    // event replaces the state.
    if (!record.is_answered)
        record.version = oldest_version;
}

void cluster_store::keep_listed(kind which, std::string_view ns, std::string_view name)
{
    auto const where = find_namespace(which == kind::namespaces ? name : ns);
    if (!where)
        return;
    if (which == kind::accounts)
        keep_listed(accounts_, *where, name);
    else if (which == kind::secrets)
        keep_listed(secrets_, *where, name);
    else
        namespaces_[*where].is_listed = true;
}

template <class Record>
bool cluster_store::sweep(
    collection<Record>& in, namespace_id where, std::uint64_t resource_version, string_pool::id only
)
{
    auto const is_gone = [&](Record const& record)
    {
        if ((only != 0 && record.name != only) || record.is_listed ||
            (record.is_answered && record.version > resource_version))
            return false;
        free_texts(record);
        return true;
    };
    return in.records.erase_if(namespaces_[where].*in.group, is_gone) > 0;
}

void cluster_store::end_list(kind which, std::uint64_t resource_version, std::vector<namespace_id>& removed)
{
    if (which == kind::accounts)
        accounts_.of_all = {resource_version, false};
    else if (which == kind::secrets)
        secrets_.of_all = {resource_version, false};
    for (namespace_id each = 1; each <= namespaces_.highest(); ++each)
    {
        auto& record = namespaces_[each];
        if (record.name == 0)
            continue;
        bool lost = false;
        if (which == kind::accounts)
            lost = sweep(accounts_, each, resource_version);
        else if (which == kind::secrets)
            lost = sweep(secrets_, each, resource_version);
        else if (record.exists && !record.is_listed)
        {
            record.exists = false;
            lost = true;
        }
        if (lost)
            removed.push_back(each);
        forget_if_empty(each);
    }
}

void cluster_store::end_list_of_secret(
    std::string_view name, std::uint64_t resource_version, std::vector<namespace_id>& removed
)
{
    auto const name_id = names_.find(name);
    auto const own = secrets_.of_names.find(name_id);
    // If a list of all Secrets has begun meanwhile, this list has already ended.
    if (own == secrets_.of_names.end())
        return;
    own->second = {resource_version, false};
    for (namespace_id each = 1; each <= namespaces_.highest(); ++each)
    {
        if (namespaces_[each].name == 0 || !sweep(secrets_, each, resource_version, name_id))
            continue;
        removed.push_back(each);
        forget_if_empty(each);
    }
}

}  // namespace tcr::runtime
