#pragma once

// The Lease of the leader election.

#include <tcr/runtime/leader_election.hpp>

#include <string>
#include <string_view>

namespace tcr::app
{

/// Name of the Lease whose holder writes.
inline constexpr std::string_view election_lease = "tcr-assistant-leader-election";

/// That Lease in namespace `ns`, with the identity of this process.
runtime::lease_place election_place(std::string ns);

}  // namespace tcr::app
