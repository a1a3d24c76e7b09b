#pragma once

// A Lease as JSON: reading, creating and patching it.

#include <tcr/util/error.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tcr::runtime
{

/// The spec of a Lease, as far as an election needs it.
/// https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/
struct lease
{
    std::string holder;                  ///< holderIdentity; empty: no holder
    std::chrono::seconds duration{0};    ///< leaseDurationSeconds; zero where it is missing
    std::string acquire_time;            ///< RFC 3339 with microseconds
    std::string renew_time;              ///< the same; only checked for having changed
    std::int64_t transitions = 0;        ///< leaseTransitions
    std::uint64_t resource_version = 0;  ///< zero: not yet on the server

    bool operator==(lease const&) const = default;
};

/// The lease without its holder. `time` is RFC 3339 with microseconds. Candidates may take it at once; those
/// that wait for its duration wait one second (client-go's LeaderElector.release).
lease released(lease record, std::string const& time);

/// Reads a Lease. \par Errors `kube::errc::bad_answer`.
result<lease> parse_lease(std::string_view json);

/// Body of the POST that creates the Lease.
std::string lease_body(std::string_view ns, std::string_view name, lease const& record);

/// Body of a merge patch that replaces the spec if the Lease still has `record.resource_version`. Labels and
/// annotations of other clients stay.
std::string lease_patch(lease const& record);

}  // namespace tcr::runtime
