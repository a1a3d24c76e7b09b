// SPDX-License-Identifier: Apache-2.0
#include "election_place.hpp"

#include <boost/asio/ip/host_name.hpp>

#include <cstdlib>
#include <random>
#include <utility>

namespace tcr::app
{
namespace
{

std::string environment(char const* name)
{
    char const* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// The identity of this process in the election. A container that is restarted in the same pod has the same
/// identity as before, so it can use the lease again at once. This is safe, because kubelet has ended the
/// earlier process. Without the variables POD_NAME and POD_UID, as outside of a pod, each process has its own
/// identity.
std::string identity()
{
    auto const pod = environment("POD_NAME");
    auto const uid = environment("POD_UID");
    if (!pod.empty() && !uid.empty())
        return pod + "_" + uid;
    boost::system::error_code ignored;
    std::random_device random;
    return boost::asio::ip::host_name(ignored) + "_" + std::to_string(random()) + std::to_string(random());
}

}  // namespace

runtime::lease_place election_place(std::string ns)
{
    runtime::lease_place place;
    place.ns = std::move(ns);
    place.name = election_lease;
    place.identity = identity();
    return place;
}

}  // namespace tcr::app
