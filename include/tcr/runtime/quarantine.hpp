// SPDX-License-Identifier: Apache-2.0
#pragma once

// Logs and counts objects that cannot be read. All other objects are processed as usual.

#include <tcr/log/line_limiter.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/reflector.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tcr::runtime
{

/// The objects that a list or a watch delivered and that could not be read.
///
/// The quarantine logs such an object once, by name. It counts the object until the object becomes readable,
/// is deleted, or is missing from a complete list.
///
/// Memory is bounded: the quarantine remembers at most `max_remembered` objects of each watcher, as 64-bit
/// hashes. A further object is counted, and may be logged, each time it arrives. So `size` may be too high
/// until the next list ends. A line_limiter limits the rate of log lines, for all watchers together.
///
/// The watcher adds the objects that the decoder cannot read. Any other caller adds only objects that the
/// decoder can read, but that exceed a limit of the store.
class quarantine
{
public:
    /// `log` must outlive the quarantine.
    explicit quarantine(logger& log) : log_(log) {}

    /// The object cannot be read: logs the object, unless it is already in quarantine. `resource` is the name
    /// of the watcher. `ns` is empty for cluster-scoped objects. `problem` describes what cannot be read.
    void add(std::string_view resource, std::string_view ns, std::string_view name, std::string_view problem);

    /// The object was read or deleted: it leaves the quarantine. Takes one look-up if no object of the
    /// resource is in quarantine.
    void remove(std::string_view resource, std::string_view ns, std::string_view name);

    /// A list of the resource begins with its first page. Call this again if the list restarts.
    void begin_list(std::string_view resource);

    /// The list is complete: objects that were not added since `begin_list` leave the quarantine.
    void end_list(std::string_view resource);

    /// The resource is no longer watched: all its objects leave the quarantine.
    void clear(std::string_view resource);

    /// Number of objects of the resource in quarantine.
    std::size_t size(std::string_view resource) const;

    /// Number of calls of `add` so far.
    std::uint64_t additions() const { return additions_; }

    static constexpr std::size_t max_remembered = 1000;

private:
    struct objects
    {
        /// Hash of namespace and name → value of `list` at the last `add`.
        std::unordered_map<std::uint64_t, std::uint32_t> remembered;
        std::uint32_t list = 0;        ///< number of the current list; incremented by `begin_list`
        std::size_t unremembered = 0;  ///< objects counted, but not remembered; each arrival counts
        std::size_t unremembered_since_list = 0;  ///< the part of `unremembered` since `begin_list`
    };

    logger& log_;
    line_limiter lines_;
    std::uint64_t additions_ = 0;
    std::map<std::string, objects, std::less<>> by_resource_;
};

/// Forwards all calls of the decoders to a reflector. An object that cannot be read enters the quarantine. An
/// object that is readable or deleted leaves the quarantine, unless `on_object` of the reflector calls
/// `quarantine::add`.
class quarantining_reader final : public kube::object_reader
{
public:
    /// `target` and `objects` must outlive the reader.
    quarantining_reader(reflector& target, quarantine& objects, std::string resource)
        : target_(target), objects_(objects), resource_(std::move(resource))
    {
    }

    std::vector<kube::skim_path> paths() const override { return target_.paths(); }
    void begin_object() override { target_.begin_object(); }
    void on_value(int field, std::string_view key, std::string_view text) override
    {
        target_.on_value(field, key, text);
    }
    void on_piece(int field, std::string_view piece, bool last) override
    {
        target_.on_piece(field, piece, last);
    }
    void on_open(int field) override { target_.on_open(field); }
    void on_object(kube::object_event event, kube::object_meta const& meta) override
    {
        auto const before = objects_.additions();
        target_.on_object(event, meta);
        if (objects_.additions() == before)
            objects_.remove(resource_, meta.ns, meta.name);
    }
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override
    {
        objects_.add(resource_, meta.ns, meta.name, problem);
        target_.on_unreadable(event, meta, problem);
    }

    void begin_list()
    {
        objects_.begin_list(resource_);
        target_.begin_list();
    }
    void end_list(std::uint64_t resource_version)
    {
        objects_.end_list(resource_);
        target_.end_list(resource_version);
    }

private:
    reflector& target_;
    quarantine& objects_;
    std::string resource_;
};

}  // namespace tcr::runtime
