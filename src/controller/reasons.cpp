// SPDX-License-Identifier: Apache-2.0
#include "reasons.hpp"

#include <algorithm>

namespace tcr::controller::reason
{

std::string_view of_update(runtime::secret_state const& before, catalog_entry const& desired)
{
    if (before.is_unowned)
        return secret_adopted;
    auto const& former = desired.former_fingerprints;
    bool const was_desired = std::find(former.begin(), former.end(), before.fingerprint) != former.end();
    return was_desired ? credential_updated : secret_repaired;
}

bool is_repair(std::string_view why)
{
    return why == secret_created || why == secret_adopted || why == secret_repaired;
}

}  // namespace tcr::controller::reason
