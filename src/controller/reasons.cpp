#include "reasons.hpp"

#include <tcr/kube/errc.hpp>

#include <algorithm>

namespace tcr::controller::reason
{

std::string_view of_failure(error const& failure)
{
    if (failure.code == kube::errc::already_exists)
        return conflict;
    if (failure.code == kube::errc::quota_exceeded)
        return quota_exceeded;
    if (failure.code == kube::errc::forbidden)
        return forbidden;
    if (failure.code == kube::errc::invalid)
        return invalid;
    if (failure.code == kube::errc::too_many_requests)
        return too_many_requests;
    if (failure.code == kube::errc::unavailable || failure.code == kube::errc::internal_error ||
        failure.code.category() != kube::category())
        return server_unavailable;
    return failed;
}

std::string_view of_update(runtime::secret_state const& before, catalog_entry const& wanted)
{
    if (before.is_unowned)
        return secret_adopted;
    auto const& former = wanted.former_fingerprints;
    bool const was_wanted = std::find(former.begin(), former.end(), before.fingerprint) != former.end();
    return was_wanted ? credential_updated : secret_repaired;
}

}  // namespace tcr::controller::reason
