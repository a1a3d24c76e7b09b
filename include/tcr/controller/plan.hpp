#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tcr::controller
{

/// One step towards what a namespace should have. Owns its texts: it outlives the state it was planned from.
struct action
{
    enum class kind
    {
        create_secret,  ///< `target` is a Secret's name
        update_secret,  ///< in place, if it still has `resource_version`
        delete_secret,  ///< if it still has `resource_version`
        judge_secret,   ///< find out whose the Secret is that an account refers to and no watch shows
        set_references  ///< `target` is an account, `references` its whole new list, if it still has `resource_version`
    };

    kind what = kind::create_secret;
    std::string target;
    std::uint64_t resource_version = 0;
    std::vector<std::string> references;

    bool operator==(action const&) const = default;
};

/// What a run of the reconciler found out beside the store, by Secret name.
struct findings
{
    std::set<std::string, std::less<>> absent;   ///< there is no such Secret
    std::set<std::string, std::less<>> foreign;  ///< there is one, and it is not ours
};

/// What can be done now for a namespace, in order. Pure; doing it and planning again ends with an empty plan.
///
/// Per spec section 5: a Secret is there before an account refers to it; a reference goes before its Secret;
/// an account is written once however many CRs match; entries of others stay, in their order; Secrets and
/// references that are not ours are left alone. A namespace that is unknown or terminating needs nothing.
std::vector<action> plan(
    catalog const& crs,
    runtime::cluster_store const& store,
    runtime::namespace_id where,
    findings const& found
);

}  // namespace tcr::controller
