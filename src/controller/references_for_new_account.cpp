// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/references_for_new_account.hpp>

#include <algorithm>

namespace tcr::controller
{

new_account_references references_for_new_account(
    catalog const& image_pull_secrets,
    runtime::cluster_store const& store,
    std::string_view ns,
    std::string_view account,
    std::vector<std::string> const& present
)
{
    auto const where = store.find_namespace(ns);
    auto place = where ? store.view(*where) : runtime::cluster_store::namespace_view();
    // If the store lacks the namespace, assume that it exists and that its labels are unknown: the API server
    // creates accounts only in existing namespaces.
    bool const is_known = place.exists;
    if (!is_known)
        place = {ns, {}, true, false, true};
    new_account_references needed;
    for (auto const& [cr_name, entry] : image_pull_secrets)
    {
        auto const& name = entry.secret.name;
        auto const what = coverage_of(entry, place, account);
        if (what == coverage::labels_unknown && !is_known)
            needed.is_undecided = true;
        if (what != coverage::covered || std::find(present.begin(), present.end(), name) != present.end())
            continue;
        // Never refer to a foreign Secret: this would give the account a credential of another owner.
        auto const secret = where ? store.find_secret(*where, name) : std::nullopt;
        if (!secret || !secret->state.is_foreign)
            needed.names.push_back(name);
    }
    return needed;
}

}  // namespace tcr::controller
