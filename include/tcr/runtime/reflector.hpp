// SPDX-License-Identifier: Apache-2.0
#pragma once

// The interface through which a watcher feeds a store with the objects of one resource type.

#include <tcr/kube/object_stream.hpp>

#include <cstdint>
#include <string_view>

namespace tcr::runtime
{

/// Keeps a store in sync with one resource type. A watcher passes the objects to the reflector one by one.
class reflector : public kube::object_reader
{
public:
    /// A list begins or restarts. It may be of another history, because etcd may have been restored. The
    /// store keeps all objects until `end_list`, which drops the objects that the list did not contain.
    virtual void begin_list() = 0;

    /// The list is complete as of `resource_version`. The list replaces what the store knew when the list
    /// began. An answer to our own write stays if it arrived during the list and is newer than the list.
    virtual void end_list(std::uint64_t resource_version) = 0;

    /// An object exists, but cannot be read. The reflector keeps the known state, or replaces it by a state
    /// that prevents writes to the object. `end_list` must not drop the object if the list contained it.
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override = 0;
};

}  // namespace tcr::runtime
