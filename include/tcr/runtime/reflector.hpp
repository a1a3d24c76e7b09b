#pragma once

#include <tcr/kube/object_stream.hpp>

namespace tcr::runtime
{

/// Keeps a store in step with one resource type: fed by a watcher, object by object.
class reflector : public kube::object_reader
{
public:
    /// A whole list follows. Nothing is forgotten yet: what it does not mention goes at `end_list`.
    virtual void begin_list() = 0;

    /// The list was complete as of `resource_version`: what it did not mention is gone, unless we know a newer
    /// version of it from an answer to a write of ours.
    virtual void end_list(std::uint64_t resource_version) = 0;

    /// The server went back in time (etcd was restored): versions known so far mean nothing. A list follows.
    virtual void on_rewind() = 0;
};

}  // namespace tcr::runtime
