#include "reasons.hpp"

#include <algorithm>

namespace tcr::controller::reason
{

std::string_view of_update(runtime::secret_state const& before, catalog_entry const& wanted)
{
    if (before.is_unowned)
        return secret_adopted;
    auto const& former = wanted.former_fingerprints;
    bool const was_wanted = std::find(former.begin(), former.end(), before.fingerprint) != former.end();
    return was_wanted ? credential_updated : secret_repaired;
}

}  // namespace tcr::controller::reason
