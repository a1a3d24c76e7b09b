// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decoders for lists, watches and single objects of the API server. They deliver one object at a time.

#include <tcr/kube/json_skim.hpp>
#include <tcr/kube/status.hpp>
#include <tcr/net/http_message.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::kube
{

/// The part of ObjectMeta that every type needs.
struct object_meta
{
    std::string ns;
    std::string name;
    std::string uid;

    /// Revision in etcd. Versions of types that kube-apiserver itself stores can be compared as numbers.
    std::uint64_t resource_version = 0;

    bool is_deleting = false;  ///< deletionTimestamp is set
};

/// Limit in bytes for values that may fill a whole object. No object is longer, because etcd by default
/// accepts requests of at most 1.5 MiB (--max-request-bytes).
inline constexpr std::size_t max_object_bytes = 2 * 1024 * 1024;

/// How an object arrived: in a list, or in a watch event of the type ADDED, MODIFIED or DELETED.
enum class object_event
{
    listed,
    added,
    modified,
    deleted
};

/// Reads the objects of one type. `paths` lists the values that the reader wants in addition to
/// `object_meta`. The reader collects these values and acts when an object is complete.
class object_reader
{
public:
    virtual ~object_reader() = default;

    /// The wanted places, relative to the object. Every call must return the same places.
    virtual std::vector<skim_path> paths() const = 0;

    /// A new object begins: discard the values collected so far.
    virtual void begin_object() = 0;

    virtual void on_value(int field, std::string_view key, std::string_view text) = 0;
    virtual void on_piece(int /*field*/, std::string_view /*piece*/, bool /*last*/) {}
    virtual void on_open(int /*field*/) {}

    /// The object is complete. For `deleted`, the values are from before the deletion, and unreadable values
    /// are missing.
    virtual void on_object(object_event event, object_meta const& meta) = 0;

    /// Called instead of `on_object` if a wanted value of the object cannot be read. Never called for
    /// `deleted`. The collected values are incomplete. `problem` names the value and the reason. The object
    /// exists: do not treat it as missing from a list. The default does nothing.
    virtual void on_unreadable(object_event, object_meta const&, std::string_view /*problem*/) {}
};

/// Reads only `object_meta`. Base of readers that need only the metadata. Can also be used itself, for a list
/// or watch whose objects do not matter.
class meta_reader : public object_reader
{
public:
    std::vector<skim_path> paths() const override { return {}; }
    void begin_object() override {}
    void on_value(int, std::string_view, std::string_view) override {}
    void on_object(object_event, object_meta const&) override {}
};

/// Base of the decoders in this header. In addition to the reader's places, it reads fields of the envelope,
/// which is the list or watch event around the objects.
class object_decoder : public net::body_sink, protected skim_handler
{
public:
    boost::system::error_code on_body(std::string_view piece) override { return skimmer_.feed(piece); }

protected:
    /// `prefix` is the path from the document's root to an object. `envelope` lists the wanted places outside
    /// the objects, with field numbers from 0 on. `on_envelope` receives the same numbers.
    object_decoder(
        object_reader& reader, std::vector<std::string> const& prefix, std::vector<skim_path> envelope
    );
    ~object_decoder() = default;

    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_piece(int field, std::string_view piece, bool last) override;
    void on_open(int field) override;
    void on_unreadable(int field, std::string_view problem) override;
    virtual void on_envelope(int field, std::string_view text) = 0;

    /// Called if an envelope field cannot be read. The default treats the field as missing.
    virtual void on_unreadable_envelope(int) {}

    /// Discards the values of the current object, because another object begins.
    void begin_object();

    /// Reports the current object, which is complete, to the reader. Then begins the next object.
    void end_object(object_event event);

    /// Whether the current object has the metadata that every object must have.
    bool is_complete() const { return !meta_.name.empty() && meta_.resource_version != 0; }

    /// Number of the first envelope field in the skimmer. The reader's fields have lower numbers.
    static constexpr int first_envelope_field = 1000;

    object_reader& reader_;
    object_meta meta_;

private:
    skim_tree tree_;
    std::string problem_;  ///< why the current object cannot be read; empty if it is readable

protected:
    json_skimmer skimmer_;
};

/// Decodes a page of a list: the `items`, one object at a time, and the metadata of the list.
class list_decoder final : public object_decoder
{
public:
    explicit list_decoder(object_reader& reader);

    /// Call before each page.
    void begin_page();

    std::uint64_t resource_version() const { return resource_version_; }
    std::string const& continue_token() const { return continue_; }

    /// Whether the page was read to its end and is a list with a resource version.
    bool page_complete() const { return complete_ && is_list_ && resource_version_ != 0; }

private:
    void on_envelope(int field, std::string_view text) override;
    void on_unreadable_envelope(int field) override;
    void on_close(int field) override;
    boost::system::error_code on_document() override;

    std::uint64_t resource_version_ = 0;
    std::string continue_;

    /// The document's kind ends in "List". Without this check, a single object would pass for an empty list.
    bool is_list_ = false;

    bool complete_ = false;
    bool broken_ = false;
};

/// The fields of a watch event that the decoder itself needs.
struct watch_envelope
{
    std::string type;
    api_status status;  ///< the object of an ERROR event
};

/// Decodes a watch: one JSON document per event.
class watch_decoder final : public object_decoder
{
public:
    explicit watch_decoder(object_reader& reader);

    /// Call before each watch. `from` is the version from which the watch resumes.
    void begin_watch(std::uint64_t from);

    /// The version to resume from: the version of the last event or bookmark, or `from` before the first one.
    std::uint64_t resource_version() const { return resource_version_; }

    /// Whether an event or bookmark had a lower version than the previous one or than `from`. If so, the
    /// server's data was restored from a backup.
    bool saw_restore() const { return saw_restore_; }

    /// Number of events and bookmarks since `begin_watch`. An ERROR event does not count.
    std::uint64_t events() const { return events_; }

    /// The Status of the ERROR event that ended the watch; nullopt if no such event came.
    std::optional<api_status> const& failure() const { return failure_; }

private:
    void on_envelope(int field, std::string_view text) override;
    boost::system::error_code on_document() override;

    watch_envelope envelope_;
    std::uint64_t resource_version_ = 0;
    std::uint64_t events_ = 0;
    bool saw_restore_ = false;
    std::optional<api_status> failure_;
};

/// Decodes one object, e.g. the answer to a POST or PATCH, and reports it to the reader as `event`.
class single_object_decoder final : public object_decoder
{
public:
    single_object_decoder(object_reader& reader, object_event event);

    /// Whether an object was read.
    bool complete() const { return complete_; }

    /// Call before each object.
    void begin();

private:
    void on_envelope(int, std::string_view) override {}
    boost::system::error_code on_document() override;

    object_event event_;
    bool complete_ = false;
};

}  // namespace tcr::kube
