#pragma once

#include <tcr/runtime/leader_election.hpp>

#include <string>
#include <string_view>

namespace tcr::app
{

/// The Lease whose holder writes.
inline constexpr std::string_view election_lease = "tcr-assistant-leader-election";

/// That Lease of a namespace, and who this process is in it.
runtime::lease_place election_place(std::string ns);

}  // namespace tcr::app
