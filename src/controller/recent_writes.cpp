#include <tcr/controller/recent_writes.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <utility>

namespace tcr::controller
{
namespace
{

std::string joined(std::string_view ns, std::string_view name)
{
    return std::string(ns).append("/").append(name);
}

/// Removes a name: no list has it twice.
void drop(recent_writes::entries& list, std::string const& namespaced_name)
{
    auto const known = std::find_if(
        list.begin(), list.end(), [&](auto const& entry) { return entry.namespaced_name == namespaced_name; }
    );
    if (known != list.end())
        list.erase(known);
}

/// Newest last. A full list drops its oldest entry.
void append(recent_writes::entries& list, status_entry entry)
{
    drop(list, entry.namespaced_name);
    if (list.size() >= recent_writes::max_entries)
        list.pop_front();
    list.push_back(std::move(entry));
}

/// A written object no longer counts as failed.
void note_written(
    recent_writes::entries& updated,
    recent_writes::entries& failed,
    std::string namespaced_name,
    recent_writes::time_point now
)
{
    drop(failed, namespaced_name);
    append(updated, {std::move(namespaced_name), rfc3339(now), {}, {}});
}

recent_writes::entries newest(std::vector<status_entry> const& list)
{
    auto const count = std::min(list.size(), recent_writes::max_entries);
    return {list.end() - static_cast<std::ptrdiff_t>(count), list.end()};
}

}  // namespace

recent_writes::lists& recent_writes::made(std::string_view cr_name)
{
    auto known = by_name_.find(cr_name);
    if (known == by_name_.end())
        known = by_name_.emplace(std::string(cr_name), lists()).first;
    return known->second;
}

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
    // Lists of the original add-on may be longer than ours.
    by_name_[cr.name] = {
        newest(status.secrets_updated),
        newest(status.secrets_failed),
        newest(status.accounts_updated),
        newest(status.accounts_failed)};
}

void recent_writes::forget(std::string_view cr_name)
{
    if (auto known = by_name_.find(cr_name); known != by_name_.end())
        by_name_.erase(known);
}

void recent_writes::secret_written(
    std::string_view cr_name, std::string_view ns, std::string_view secret, time_point now
)
{
    auto& known = made(cr_name);
    note_written(known.secrets_updated, known.secrets_failed, joined(ns, secret), now);
}

void recent_writes::secret_failed(
    std::string_view cr_name,
    std::string_view ns,
    std::string_view secret,
    std::string reason,
    std::string message,
    time_point now
)
{
    append(
        made(cr_name).secrets_failed,
        {joined(ns, secret), rfc3339(now), std::move(reason), std::move(message)}
    );
}

void recent_writes::account_written(
    std::string_view cr_name, std::string_view ns, std::string_view account, time_point now
)
{
    auto& known = made(cr_name);
    note_written(known.accounts_updated, known.accounts_failed, joined(ns, account), now);
}

void recent_writes::account_failed(
    std::string_view cr_name,
    std::string_view ns,
    std::string_view account,
    std::string reason,
    std::string message,
    time_point now
)
{
    append(
        made(cr_name).accounts_failed,
        {joined(ns, account), rfc3339(now), std::move(reason), std::move(message)}
    );
}

}  // namespace tcr::controller
