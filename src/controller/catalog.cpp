// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/catalog.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace tcr::controller
{

namespace
{

/// Whether a login for the server of a spec is complete. A user name must not contain a colon, because
/// kubelet reads everything after the first colon of `auth` as the password.
bool is_complete(std::string const& server, credentials::login const& only)
{
    return !server.empty() && !only.username.empty() && !only.password.empty() &&
           only.username.find(':') == std::string::npos;
}

}  // namespace

catalog_entry::catalog_entry(image_pull_secret object)
    : catalog_entry(object, literal_credential(object.spec))
{
}

catalog_entry::catalog_entry(
    image_pull_secret object,
    credentials::resolution resolved,
    std::optional<credentials::credential> const& last
)
    : cr(std::move(object)),
      scope(std::make_shared<namespace_scope>(cr.spec)),
      accounts(cr.spec.service_accounts),
      credential(resolved.found ? std::move(resolved.found) : std::optional(last)),
      credential_reason(std::move(resolved.reason)),
      credential_problem(std::move(resolved.message)),
      secret(cr, credential)
{
}

std::string_view catalog_entry::problem() const
{
    if (cr.keeps_secrets)
        return "it is being deleted with --cascade=orphan";
    if (!access_problem.empty())
        return access_problem;
    if (!credential && !credential_problem.empty())
        return credential_problem;
    bool const is_understood = std::ranges::find(
                                   cr.spec.namespace_selector.requirements,
                                   label_selector::op::unknown,
                                   &label_selector::requirement::how
                               ) == cr.spec.namespace_selector.requirements.end();
    if (is_understood && credential &&
        (cr.spec.config_from || is_complete(cr.spec.server, credential->logins[0])))
        return {};
    return "docker.server, docker.username or namespaceSelector is invalid";
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

catalog_entry catalog::entry_for(image_pull_secret const& cr) const
{
    catalog_entry entry(cr, resolve_(cr.spec));
    entry.access_problem = access_.problem_of(cr.name);
    return entry;
}

std::optional<catalog_change> catalog::put(image_pull_secret const& cr)
{
    auto const known = entries_.find(cr.name);
    if (known == entries_.end())
    {
        released_.erase(secret_name(cr.name));
        entries_.emplace(cr.name, entry_for(cr)).first->second.spec_version = ++changes_;
        return catalog_change::spec;
    }
    auto& before = known->second.cr;
    before.resource_version = cr.resource_version;
    before.instance = cr.instance;
    // A new generation is a change even if the spec is equal, because the status reports the generation.
    if (before.uid != cr.uid || before.spec != cr.spec || before.generation != cr.generation ||
        before.keeps_secrets != cr.keeps_secrets)
    {
        replace(known->second, cr);
        known->second.spec_version = ++changes_;
        return catalog_change::spec;
    }
    if (before.has_status == cr.has_status && before.status == cr.status)
        return std::nullopt;
    before.status = cr.status;
    before.has_status = cr.has_status;
    return catalog_change::status;
}

void catalog::replace(catalog_entry& before, image_pull_secret const& cr)
{
    // If no credential is found now, the previous one for the same server may still work.
    bool const may_keep =
        before.cr.uid == cr.uid && before.cr.spec.server == cr.spec.server && refers_to_credential(cr.spec);
    catalog_entry fresh(cr, resolve_(cr.spec), may_keep ? before.credential : std::nullopt);
    if (before.cr.uid == cr.uid)
        fresh.former_fingerprints = std::move(before.former_fingerprints);
    fresh.spec_version = before.spec_version;
    fresh.access_problem = before.access_problem;
    auto& former = fresh.former_fingerprints;
    if (auto const last = before.secret.fingerprint; last != fresh.secret.fingerprint)
        former.push_back(last);
    if (former.size() > catalog_entry::max_former_fingerprints)
        former.erase(former.begin());
    before = std::move(fresh);
}

std::vector<std::string> catalog::refresh()
{
    std::vector<std::string> changed;
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
        changed.push_back(name);
    }
    return changed;
}

controller::secret_names catalog::secret_names() const
{
    controller::secret_names names;
    for (auto const& [name, entry] : entries_)
        names.insert(entry.secret.name);
    return names;
}

std::vector<std::string> catalog::set_access(secret_access access)
{
    access_ = std::move(access);
    std::vector<std::string> changed;
    for (auto& [name, entry] : entries_)
    {
        auto const before = std::exchange(entry.access_problem, access_.problem_of(name));
        if (before.empty() != entry.access_problem.empty())
            changed.push_back(name);
    }
    return changed;
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
    last_drop_ = ++changes_;
    auto const& entry = known->second;
    if (entry.cr.keeps_secrets || !entry.cr.spec.manages_references())
    {
        // Make room before the insertion, so that the new name is never the one that is erased. In the store,
        // the Secrets of the new name may still have their ownerReference. If `released_` lacked the name,
        // the controller would remove these Secrets.
        if (released_.size() >= max_released)
            released_.erase(released_.begin());
        released_.insert(entry.secret.name);
    }
    entries_.erase(known);
    return true;
}

std::uint64_t catalog::spec_version(std::string_view secret) const
{
    auto const* entry = find_by_secret(secret);
    return entry != nullptr ? entry->spec_version : last_drop_;
}

void catalog_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    missing_.erase(meta.name);
    // An ImagePullSecret that is being deleted (foreground deletion) counts as deleted, although it exists
    // until its finalizers are removed. Exception: if the deletion keeps the Secrets, the ImagePullSecret
    // stays in the catalog as invalid, and the controller leaves its objects unchanged.
    if (event == kube::object_event::deleted || values_.is_gone(meta))
        return drop(meta.name);
    if (event == kube::object_event::listed)
        listed_.insert(meta.name);
    auto const* known = catalog_.find(meta.name);
    auto const before = known != nullptr ? known->scope : nullptr;
    auto const what = catalog_.put(values_.take(meta));
    if (what == catalog_change::spec)
        listeners_.on_spec(meta.name, before);
    else if (what == catalog_change::status)
        listeners_.on_status();
}

void catalog_reflector::on_unreadable(
    kube::object_event event, kube::object_meta const& meta, std::string_view
)
{
    auto const* known = catalog_.find(meta.name);
    if (meta.is_deleting || known == nullptr || known->cr.uid != meta.uid)
    {
        bool const keeps_secrets = values_.has_orphan_finalizer;
        begin_object();
        values_.has_orphan_finalizer = keeps_secrets;
        return on_object(event, meta);
    }
    missing_.erase(meta.name);
    if (event == kube::object_event::listed)
        listed_.insert(meta.name);
}

void catalog_reflector::drop(std::string const& cr_name)
{
    auto const* known = catalog_.find(cr_name);
    auto const before = known != nullptr ? known->scope : nullptr;
    if (catalog_.drop(cr_name))
        listeners_.on_spec(cr_name, before);
}

void catalog_reflector::end_list(std::uint64_t)
{
    missing_.clear();
    for (auto const& [name, entry] : catalog_)
        if (!listed_.contains(name))
            missing_.insert(name);
    listed_.clear();
    if (!missing_.empty())
        listeners_.on_missing();
}

void catalog_reflector::resolve_missing(std::string const& cr_name, bool is_deleted)
{
    if (missing_.erase(cr_name) > 0 && is_deleted)
        drop(cr_name);
}

}  // namespace tcr::controller
