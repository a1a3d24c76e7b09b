#pragma once

// What keeps a store in step with one resource type.

#include <tcr/kube/object_stream.hpp>

#include <cstdint>
#include <string_view>

namespace tcr::runtime
{

/// Keeps a store in step with one resource type: fed by a watcher, object by object.
class reflector : public kube::object_reader
{
public:
    /// A whole list follows, perhaps of another history: etcd may have been restored. Nothing is forgotten
    /// yet: what it does not mention is dropped at `end_list`.
    virtual void begin_list() = 0;

    /// The list is complete as of `resource_version`. It is the truth at that version: it replaces what was
    /// known before it began; only answers to our own writes since then that are newer stay.
    virtual void end_list(std::uint64_t resource_version) = 0;

    /// An object exists and cannot be read: what is known of it stays in use, and a list that delivered it
    /// must not sweep it at `end_list`.
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override = 0;
};

}  // namespace tcr::runtime
