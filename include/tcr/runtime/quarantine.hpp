#pragma once

// Logs and counts single objects that cannot be read, while all others are processed.

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
/// Such an object is logged once, by name, and counted until it becomes readable, is deleted, or is missing
/// from a complete list. Memory is bounded: for each resource type at most `max_remembered` objects are
/// remembered, as 64-bit hashes. Further objects are counted each time they arrive, so that `size` is an
/// upper bound until the next list, and their log lines may repeat. All log lines together are rate-limited
/// (line_limiter).
///
/// The watcher calls it for the objects of its reflector. A reflector calls `add` itself only for an object
/// that the decoder can read and the reflector refuses.
class quarantine
{
public:
    /// `log` must outlive the quarantine.
    explicit quarantine(logger& log) : log_(log) {}

    /// The object cannot be read: logs it, unless it is in quarantine already. `resource` is the watcher's
    /// name of the type, `ns` is empty for cluster-scoped objects, `problem` names what cannot be read.
    void add(std::string_view resource, std::string_view ns, std::string_view name, std::string_view problem);

    /// The object was read, or deleted. Cheap while no object of the resource is in quarantine: one look-up.
    void remove(std::string_view resource, std::string_view ns, std::string_view name);

    /// A complete list of the resource begins with its first page. Call it again if the list restarts.
    void begin_list(std::string_view resource);

    /// The list is complete: objects that were not added since `begin_list` leave the quarantine.
    void end_list(std::string_view resource);

    /// Objects of the resource in quarantine.
    std::size_t size(std::string_view resource) const;

    /// Calls of `add` so far.
    std::uint64_t additions() const { return additions_; }

    static constexpr std::size_t max_remembered = 1000;

private:
    struct objects
    {
        /// Hash of the name → list that contained it.
        std::unordered_map<std::uint64_t, std::uint32_t> remembered;
        std::uint32_t list = 0;                   ///< incremented by each `begin_list`
        std::size_t unremembered = 0;             ///< counted, but not remembered
        std::size_t unremembered_since_list = 0;  ///< of those, since `begin_list`
    };

    logger& log_;
    line_limiter lines_;
    std::uint64_t additions_ = 0;
    std::map<std::string, objects, std::less<>> by_resource_;
};

/// Sits between the decoders and a reflector and forwards everything. Objects that cannot be read enter the
/// quarantine; readable and deleted ones leave it, unless the reflector adds the object itself.
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
