// SPDX-License-Identifier: Apache-2.0
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
    std::chrono::seconds duration{0};    ///< leaseDurationSeconds; zero if it is missing
    std::string acquire_time;            ///< RFC 3339 with microseconds
    std::string renew_time;              ///< RFC 3339 with microseconds; only compared for equality
    std::int64_t transitions = 0;        ///< leaseTransitions
    std::uint64_t resource_version = 0;  ///< zero: the lease is not yet on the server

    bool operator==(lease const&) const = default;
};

/// The lease without its holder: a candidate may take it at once. Its duration becomes one second, for
/// candidates that wait for the duration nevertheless (as in client-go's LeaderElector.release). `time` is
/// RFC 3339 with microseconds.
lease released(lease record, std::string const& time);

/// Reads a Lease. \par Errors `kube::errc::bad_answer`.
result<lease> parse_lease(std::string_view json);

/// Body of the POST that creates the Lease.
std::string lease_body(std::string_view ns, std::string_view name, lease const& record);

/// Body of a merge patch that writes `record` to the spec if the Lease still has `record.resource_version`.
/// Keeps all other fields, such as labels and annotations of other clients.
std::string lease_patch(lease const& record);

}  // namespace tcr::runtime
