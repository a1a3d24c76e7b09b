// SPDX-License-Identifier: Apache-2.0
#pragma once

// The name and place of the Lease of the leader election.

#include <tcr/runtime/leader_election.hpp>

#include <string>
#include <string_view>

namespace tcr::app
{

/// Name of the Lease. Only its holder, the leader, writes to the cluster.
inline constexpr std::string_view election_lease = "tcr-assistant-leader-election";

/// The Lease `election_lease` in namespace `ns`, with the identity of this process.
runtime::lease_place election_place(std::string ns);

}  // namespace tcr::app
