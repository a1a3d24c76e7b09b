#pragma once

#include <chrono>

namespace tcr::runtime
{

/// Times of a leader election: lease_duration > renew_deadline > 1.2 × retry_period > 0. The defaults are
/// those of Kubernetes' own components (client-go, tools/leaderelection).
struct leader_election_options
{
    std::chrono::milliseconds lease_duration{15'000};  ///< others wait this long after a lease's last renewal
    std::chrono::milliseconds renew_deadline{
        10'000};  ///< a leader stops writing this long after its last renewal
    std::chrono::milliseconds retry_period{2'000};  ///< between two reads of the lease, or two renewals
};

}  // namespace tcr::runtime
