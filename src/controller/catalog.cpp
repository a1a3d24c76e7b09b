#include <tcr/controller/catalog.hpp>

#include <algorithm>
#include <vector>

namespace tcr::controller
{

catalog_entry::catalog_entry(image_pull_secret object) : catalog_entry(object, literal_login(object.spec)) {}

catalog_entry::catalog_entry(
    image_pull_secret object, credentials::resolution resolved, std::optional<credentials::login> const& last
)
    : cr(std::move(object)),
      namespaces(cr.spec.namespaces),
      accounts(cr.spec.service_accounts),
      credential(resolved.found ? std::move(resolved.found) : last),
      credential_reason(std::move(resolved.reason)),
      credential_problem(std::move(resolved.message)),
      secret(cr, credential)
{
}

bool catalog_entry::is_valid() const
{
    auto const& spec = cr.spec;
    auto const& selector = spec.namespace_selector.requirements;
    bool const is_understood = std::none_of(
        selector.begin(),
        selector.end(),
        [](auto const& each) { return each.how == label_selector::op::unknown; }
    );
    return is_understood && !spec.server.empty() && credential && !credential->username.empty() &&
           !credential->password.empty() && credential->username.find(':') == std::string::npos;
}

bool catalog_entry::names(std::string_view ns) const
{
    auto const& excluded = cr.spec.excluded_namespaces;
    return namespaces.matches(ns) && std::find(excluded.begin(), excluded.end(), ns) == excluded.end();
}

bool catalog_entry::wants(runtime::cluster_store::namespace_view const& ns) const
{
    return ns.exists && !ns.is_terminating && names(ns.name) &&
           cr.spec.namespace_selector.matches(ns.name, ns.labels);
}

catalog_entry const* catalog::find(std::string_view cr_name) const
{
    auto const found = entries_.find(cr_name);
    return found == entries_.end() ? nullptr : &found->second;
}

catalog_entry const* catalog::find_by_secret(std::string_view name) const
{
    return name.starts_with(secret_prefix) ? find(name.substr(secret_prefix.size())) : nullptr;
}

std::optional<catalog_change> catalog::put(image_pull_secret const& cr)
{
    auto const known = entries_.find(cr.name);
    if (known == entries_.end())
    {
        entries_.emplace(cr.name, catalog_entry(cr, resolve_(cr.spec)));
        return catalog_change::wish;
    }
    auto& before = known->second.cr;
    before.resource_version = cr.resource_version;
    // A new generation is told too, though the wish may be the same: status reports which one was seen.
    if (before.uid != cr.uid || before.spec != cr.spec || before.generation != cr.generation)
    {
        replace(known->second, cr);
        return catalog_change::wish;
    }
    if (before.has_status == cr.has_status && before.status == cr.status)
        return std::nullopt;
    before.status = cr.status;
    before.has_status = cr.has_status;
    return catalog_change::status;
}

void catalog::replace(catalog_entry& before, image_pull_secret const& cr)
{
    // What cannot be found must not take away what works.
    bool const may_keep =
        before.cr.uid == cr.uid && before.cr.spec.server == cr.spec.server && refers_to_credential(cr.spec);
    catalog_entry fresh(cr, resolve_(cr.spec), may_keep ? before.credential : std::nullopt);
    if (before.cr.uid == cr.uid)
        fresh.former_fingerprints = std::move(before.former_fingerprints);
    auto& former = fresh.former_fingerprints;
    if (auto const last = before.secret.fingerprint; last != fresh.secret.fingerprint)
        former.push_back(last);
    if (former.size() > catalog_entry::most_former)
        former.erase(former.begin());
    before = std::move(fresh);
}

std::vector<std::string> catalog::refresh()
{
    std::vector<std::string> others;
    for (auto& [name, entry] : entries_)
    {
        if (!refers_to_credential(entry.cr.spec))
            continue;
        auto const now = resolve_(entry.cr.spec);
        bool const is_same = (!now.found || now.found == entry.credential) &&
                             now.reason == entry.credential_reason && now.message == entry.credential_problem;
        if (is_same)
            continue;
        auto const cr = entry.cr;
        replace(entry, cr);
        others.push_back(name);
    }
    return others;
}

void catalog::set_status(std::string_view cr_name, image_pull_secret_status const& status)
{
    auto const known = entries_.find(cr_name);
    if (known == entries_.end())
        return;
    known->second.cr.status = status;
    known->second.cr.has_status = true;
}

bool catalog::drop(std::string_view cr_name)
{
    auto const known = entries_.find(cr_name);
    if (known == entries_.end())
        return false;
    entries_.erase(known);
    return true;
}

void catalog_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    // A CR that waits for its finalizers (foreground deletion) wants nothing any more.
    if (event == kube::object_event::deleted || meta.is_deleting)
        return drop(meta.name);
    if (event == kube::object_event::listed)
        listed_.insert(meta.name);
    auto const what = catalog_.put(fields_.take(meta));
    if (what == catalog_change::wish)
        told_.on_wish(meta.name);
    else if (what == catalog_change::status)
        told_.on_status(meta.name);
}

void catalog_reflector::drop(std::string const& cr_name)
{
    if (catalog_.drop(cr_name))
        told_.on_wish(cr_name);
}

void catalog_reflector::end_list(std::uint64_t)
{
    std::vector<std::string> gone;
    for (auto const& [name, entry] : catalog_)
        if (!listed_.contains(name))
            gone.push_back(name);
    listed_.clear();
    for (auto const& name : gone)
        drop(name);
}

}  // namespace tcr::controller
