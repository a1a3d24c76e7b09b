#include <tcr/controller/birth.hpp>

#include <algorithm>

namespace tcr::controller
{
namespace
{

using runtime::cluster_store;

/// The namespace as the store knows it. One that it does not know exists all the same: the API server admits no account into
/// a namespace that is not there.
cluster_store::namespace_view look_up(cluster_store const& store, std::string_view ns, bool& is_known)
{
    cluster_store::namespace_view found;
    if (auto const where = store.find_namespace(ns))
        found = store.view(*where);
    is_known = found.exists;
    if (!is_known)
        found = {ns, {}, true, false};
    return found;
}

/// Whether a Secret that is not ours has that name there: its content is not for us to distribute.
bool is_foreign(cluster_store const& store, std::string_view ns, std::string_view secret)
{
    auto const where = store.find_namespace(ns);
    auto const known = where ? store.find_secret(*where, secret) : std::nullopt;
    return known && known->state.is_foreign;
}

}  // namespace

birthright references_at_birth(
    catalog const& crs,
    cluster_store const& store,
    std::string_view ns,
    std::string_view account,
    std::vector<std::string> const& brings
)
{
    birthright right;
    bool is_known = false;
    auto const place = look_up(store, ns, is_known);
    for (auto const& [name, entry] : crs)
    {
        bool const is_for_account =
            account.empty() ? entry.accounts.matches_all() : entry.accounts.matches(account);
        if (!entry.is_valid() || !is_for_account)
            continue;
        if (!is_known && entry.scope->has_selector())
        {
            right.is_undecided = right.is_undecided || entry.scope->names(ns);
            continue;
        }
        bool const is_there = std::find(brings.begin(), brings.end(), entry.secret.name) != brings.end();
        if (entry.wants(place) && !is_there && !is_foreign(store, ns, entry.secret.name))
            right.references.push_back(entry.secret.name);
    }
    return right;
}

}  // namespace tcr::controller
