#include <tcr/runtime/cluster_store.hpp>

#include <algorithm>
#include <utility>

namespace tcr::runtime
{
namespace
{

/// Older than every version of a server. Unlike 0, it makes a write with this precondition fail.
constexpr std::uint64_t oldest_version = 1;

/// Whether the source is the answer to one request, not a list or a position in the watch.
bool is_answer(source from)
{
    return from == source::answer || from == source::get;
}

void note_watched(std::uint64_t& watched, std::uint64_t resource_version, source from)
{
    if (from == source::watch)
        watched = std::max(watched, resource_version);
}

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
    // Lists are sorted by namespace: most look-ups repeat the last one.
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

template <class Record>
std::uint32_t cluster_store::find_in(
    record_groups<Record> const& groups, std::uint32_t group, std::string_view name
) const
{
    return groups.find(group, names_.find(name));
}

std::optional<cluster_store::account_view> cluster_store::find_account(
    namespace_id where, std::string_view name
) const
{
    auto const which = find_in(accounts_, namespaces_[where].accounts, name);
    if (which == 0)
        return std::nullopt;
    return view_of(accounts_[which]);
}

std::optional<cluster_store::secret_view> cluster_store::find_secret(
    namespace_id where, std::string_view name
) const
{
    auto const which = find_in(secrets_, namespaces_[where].secrets, name);
    if (which == 0)
        return std::nullopt;
    return view_of(secrets_[which]);
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

template <class Record>
bool cluster_store::is_of_unknown_history(Record const& known, progress const& at) const
{
    return at.is_listing && !known.is_listed && !known.is_answered;
}

template <class Record>
bool cluster_store::is_taken(
    Record const& known, progress const& at, std::uint64_t resource_version, source from
) const
{
    // A list may be of another history than the known state: it is true, except for answers that arrived
    // while it is read.
    if (from == source::list)
        return !known.is_answered || resource_version >= known.version;
    return (is_answer(from) && is_of_unknown_history(known, at)) || resource_version > known.version;
}

template <class Record>
cluster_store::target cluster_store::target_of(
    record_groups<Record>& groups,
    std::uint32_t& group,
    progress& at,
    std::string_view name,
    std::uint64_t resource_version,
    source from
)
{
    note_watched(at.watched, resource_version, from);
    // Acquired before the search, so that a new name is looked up only once.
    auto const name_id = names_.acquire(name);
    target found;
    found.which = groups.find(group, name_id);
    found.is_new = found.which == 0;
    // The watch is past this version: it has reported the object, and its deletion.
    bool const is_stale = found.is_new && from == source::answer && resource_version <= at.watched;
    if (is_stale || !found.is_new)
        names_.release(name_id);
    if (is_stale)
        return target();
    if (found.is_new)
        found.which = groups.insert(group, name_id);
    auto& record = groups[found.which];
    found.is_taken = found.is_new || is_taken(record, at, resource_version, from);
    if (found.is_taken)
        record.is_answered = is_answer(from);
    // An object without our label is in no list: a GET of it replaces the list's item.
    if (from == source::list || from == source::get)
        record.is_listed = true;
    return found;
}

bool cluster_store::has_room(std::string_view list, account_record const& instead_of, std::size_t limit) const
{
    if (lists_.bytes() + list.size() <= limit || lists_.find(list) != string_pool::absent)
        return true;
    auto const known = instead_of.references;
    auto const freed = lists_.uses(known) == 1 ? lists_.text(known).size() : 0;
    return lists_.bytes() - freed + list.size() <= limit;
}

/// \return whether the record's list changed.
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
    // The reserve is for short lists only, so that a few accounts of one tenant cannot use it up.
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
    auto const where = namespace_of(ns);
    auto const found = target_of(
        accounts_, namespaces_[where].accounts, progress_of(kind::accounts), name, resource_version, from
    );
    if (found.which == 0)
    {
        forget_if_empty(where);
        return {};
    }
    if (!found.is_taken)
        return {change::none, where};
    auto& record = accounts_[found.which];
    bool const is_other_version = std::exchange(record.version, resource_version) != resource_version;
    bool const is_other_list = keep_list(record, references, is_other_version);
    return {found.is_new ? change::added : is_other_list ? change::modified : change::none, where};
}

stored cluster_store::put_secret(
    std::string_view ns,
    std::string_view name,
    std::uint64_t resource_version,
    secret_state state,
    source from
)
{
    auto const where = namespace_of(ns);
    auto const found = target_of(
        secrets_, namespaces_[where].secrets, progress_of(kind::secrets), name, resource_version, from
    );
    if (found.which == 0)
    {
        forget_if_empty(where);
        return {};
    }
    if (!found.is_taken)
        return {change::none, where};
    auto& record = secrets_[found.which];
    record.version = resource_version & ((std::uint64_t{1} << 53) - 1);
    secret_state const before = state_of(record);
    record.fingerprint = state.fingerprint;
    record.is_foreign = state.is_foreign;
    record.is_immutable = state.is_immutable;
    record.is_unowned = state.is_unowned;
    return {found.is_new ? change::added : before == state ? change::none : change::modified, where};
}

template <class Record>
stored cluster_store::drop(
    record_groups<Record>& groups,
    group_of group,
    progress& at,
    std::string_view ns,
    std::string_view name,
    std::uint64_t resource_version,
    source from
)
{
    note_watched(at.watched, resource_version, from);
    auto const where = find_namespace(ns);
    auto const which = where ? find_in(groups, namespaces_[*where].*group, name) : 0;
    if (which == 0)
        return {};
    // A newer version was created after the deletion; the watch may report it before our request is answered.
    bool const is_newer = resource_version < groups[which].version;
    if (is_newer && !(is_answer(from) && is_of_unknown_history(groups[which], at)))
        return {};
    free_texts(groups[which]);
    groups.erase(namespaces_[*where].*group, which);
    forget_if_empty(*where);
    return {change::removed, *where};
}

stored cluster_store::drop_account(
    std::string_view ns, std::string_view name, std::uint64_t resource_version, source from
)
{
    auto& at = progress_of(kind::accounts);
    return drop(accounts_, &namespace_record::accounts, at, ns, name, resource_version, from);
}

stored cluster_store::drop_secret(
    std::string_view ns, std::string_view name, std::uint64_t resource_version, source from
)
{
    auto& at = progress_of(kind::secrets);
    return drop(secrets_, &namespace_record::secrets, at, ns, name, resource_version, from);
}

void cluster_store::begin_list(kind which)
{
    progress_of(which) = {0, true};
    auto const unmark = [](auto& record)
    {
        record.is_listed = false;
        record.is_answered = false;
    };
    if (which == kind::accounts)
        accounts_.for_each_record(unmark);
    else if (which == kind::secrets)
        secrets_.for_each_record(unmark);
    else
        for_each_namespace([&](namespace_id each) { namespaces_[each].is_listed = false; });
}

template <class Record>
void cluster_store::keep_listed_in(record_groups<Record>& groups, std::uint32_t group, std::string_view name)
{
    auto const which = find_in(groups, group, name);
    if (which == 0)
        return;
    auto& record = groups[which];
    record.is_listed = true;
    // The known state may be of another history with higher versions.
    if (!record.is_answered)
        record.version = oldest_version;
}

void cluster_store::keep_listed(kind which, std::string_view ns, std::string_view name)
{
    auto const where = find_namespace(which == kind::namespaces ? name : ns);
    if (!where)
        return;
    auto& record = namespaces_[*where];
    if (which == kind::accounts)
        keep_listed_in(accounts_, record.accounts, name);
    else if (which == kind::secrets)
        keep_listed_in(secrets_, record.secrets, name);
    else
        record.is_listed = true;
}

template <class Record>
bool cluster_store::sweep(record_groups<Record>& groups, std::uint32_t& group, std::uint64_t resource_version)
{
    auto const is_gone = [&](Record const& record)
    {
        if (record.is_listed || (record.is_answered && record.version > resource_version))
            return false;
        free_texts(record);
        return true;
    };
    return groups.erase_if(group, is_gone) > 0;
}

void cluster_store::end_list(kind which, std::uint64_t resource_version, std::vector<namespace_id>& removed)
{
    progress_of(which) = {resource_version, false};
    for (namespace_id each = 1; each <= namespaces_.highest(); ++each)
    {
        auto& record = namespaces_[each];
        if (record.name == 0)
            continue;
        bool lost = false;
        if (which == kind::accounts)
            lost = sweep(accounts_, record.accounts, resource_version);
        else if (which == kind::secrets)
            lost = sweep(secrets_, record.secrets, resource_version);
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

}  // namespace tcr::runtime
