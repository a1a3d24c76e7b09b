// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/recent_writes.hpp>

#include <algorithm>
#include <utility>

namespace tcr::controller
{
namespace
{

void drop(recent_writes::entries& list, std::string const& namespaced_name)
{
    std::erase_if(list, [&](auto const& entry) { return entry.namespaced_name == namespaced_name; });
}

/// Appends an entry and drops the earlier one of the same object. A full list also drops its oldest entry.
void append(recent_writes::entries& list, status_entry entry)
{
    drop(list, entry.namespaced_name);
    if (list.size() >= recent_writes::max_entries)
        list.pop_front();
    list.push_back(std::move(entry));
}

recent_writes::entries newest(std::vector<status_entry> const& list)
{
    auto const count = std::min(list.size(), recent_writes::max_entries);
    return {list.end() - static_cast<std::ptrdiff_t>(count), list.end()};
}

}  // namespace

recent_writes::lists const& recent_writes::of(std::string_view cr_name) const
{
    static lists const nothing;
    auto const known = by_name_.find(cr_name);
    return known == by_name_.end() ? nothing : known->second;
}

void recent_writes::adopt(image_pull_secret const& cr)
{
    if (by_name_.contains(cr.name))
        return;
    auto const& status = cr.status;
    // Copy only the newest entries: the original add-on, whose lists have no limit, may have written them.
    by_name_[cr.name] = {
        {newest(status.secrets_updated), newest(status.secrets_failed)},
        {newest(status.accounts_updated), newest(status.accounts_failed)}};
}

void recent_writes::forget(std::string_view cr_name)
{
    by_name_.erase(std::string(cr_name));
}

void recent_writes::note(object_lists lists::*which, std::string_view cr_name, status_entry entry)
{
    auto& known = by_name_[std::string(cr_name)].*which;
    bool const is_failure = !entry.reason.empty();
    if (!is_failure)
        drop(known.failed, entry.namespaced_name);
    append(is_failure ? known.failed : known.updated, std::move(entry));
}

}  // namespace tcr::controller
