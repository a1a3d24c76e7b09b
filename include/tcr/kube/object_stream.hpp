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

    /// etcd's revision. Comparable as a number for all types that kube-apiserver itself stores.
    std::uint64_t resource_version = 0;

    bool is_deleting = false;  ///< deletionTimestamp is set
};

/// Limit for values that may fill a whole object. No object is longer: etcd accepts requests of 1.5 MiB
/// (--max-request-bytes).
inline constexpr std::size_t max_object_bytes = 2 * 1024 * 1024;

/// How an object was delivered: by a list, or by a watch event of this type.
enum class object_event
{
    listed,
    added,
    modified,
    deleted
};

/// Reads the objects of one type. It names the places it wants in addition to `object_meta`, collects their
/// values, and acts when an object is complete.
class object_reader
{
public:
    virtual ~object_reader() = default;

    /// Wanted places, relative to the object. Must be the same at each call.
    virtual std::vector<skim_path> paths() const = 0;

    /// Another object begins: discard the values collected so far.
    virtual void begin_object() = 0;

    virtual void on_value(int field, std::string_view key, std::string_view text) = 0;
    virtual void on_piece(int /*field*/, std::string_view /*piece*/, bool /*last*/) {}
    virtual void on_open(int /*field*/) {}

    /// The object is complete. For `deleted` the values are those before the deletion, and unreadable values
    /// are missing.
    virtual void on_object(object_event event, object_meta const& meta) = 0;

    /// Called instead of `on_object` if a wanted value of the object cannot be read, except for `deleted`.
    /// The collected values are incomplete. `problem` names the value and the reason. The object exists: do
    /// not treat it as missing from a list. Does nothing by default.
    virtual void on_unreadable(object_event, object_meta const&, std::string_view /*problem*/) {}
};

/// Reads only `object_meta`. A base for readers that need nothing else. Usable by itself if only the list or
/// watch matters, e.g. its version.
class meta_reader : public object_reader
{
public:
    std::vector<skim_path> paths() const override { return {}; }
    void begin_object() override {}
    void on_value(int, std::string_view, std::string_view) override {}
    void on_object(object_event, object_meta const&) override {}
};

/// Base of the decoders in this header. Adds the fields of the envelope (list or watch event) to the reader's
/// places.
class object_decoder : public net::body_sink, protected skim_handler
{
public:
    boost::system::error_code on_body(std::string_view piece) override { return skimmer_.feed(piece); }

protected:
    /// `prefix` is the path from the document's root to an object. `envelope` holds the wanted places around
    /// it; its fields are numbered from 0.
    object_decoder(
        object_reader& reader, std::vector<std::string> const& prefix, std::vector<skim_path> envelope
    );
    ~object_decoder() = default;

    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_piece(int field, std::string_view piece, bool last) override;
    void on_open(int field) override;
    void on_unreadable(int field, std::string_view problem) override;
    virtual void on_envelope(int field, std::string_view text) = 0;

    /// An envelope field cannot be read. By default it counts as missing.
    virtual void on_unreadable_envelope(int) {}

    /// Discards the current object: another one begins.
    void begin_object();

    /// Reports the current object, which is complete, to the reader and begins the next one.
    void end_object(object_event event);

    /// Whether the current object has the metadata that every object must have.
    bool is_complete() const { return !meta_.name.empty() && meta_.resource_version != 0; }

    /// In the skimmer, envelope fields are numbered from here; the reader's fields are below.
    static constexpr int first_envelope_field = 1000;

    object_reader& reader_;
    object_meta meta_;

private:
    skim_tree tree_;
    std::string problem_;  ///< not empty: the current object cannot be read

protected:
    json_skimmer skimmer_;
};

/// Decodes a page of a list (`items`, and the list's own metadata), object by object.
class list_decoder final : public object_decoder
{
public:
    explicit list_decoder(object_reader& reader);

    /// Call before each page.
    void begin_page();

    std::uint64_t resource_version() const { return resource_version_; }
    std::string const& continue_token() const { return continue_; }

    /// Whether the page was read to its end and is a list.
    bool page_complete() const { return complete_ && is_list_ && resource_version_ != 0; }

private:
    void on_envelope(int field, std::string_view text) override;
    void on_unreadable_envelope(int field) override;
    void on_close(int field) override;
    boost::system::error_code on_document() override;

    std::uint64_t resource_version_ = 0;
    std::string continue_;
    bool is_list_ =
        false;  ///< its kind ends in "List", so that a single object does not pass for an empty list
    bool complete_ = false;
    bool broken_ = false;
};

/// Fields of a watch event besides its object: its type, and the Status that an ERROR has as its object.
struct watch_envelope
{
    std::string type;
    api_status status;  ///< of an ERROR event
};

/// Decodes a watch: one JSON document per event.
class watch_decoder final : public object_decoder
{
public:
    explicit watch_decoder(object_reader& reader);

    /// Call before each watch. `from` is the version that it resumes from.
    void begin_watch(std::uint64_t from);

    /// The version to resume from: the newest seen in an event or a bookmark.
    std::uint64_t resource_version() const { return resource_version_; }

    /// Whether an event or bookmark had a lower version than the one before it or than `from`: the server's
    /// data was restored from a backup.
    bool saw_restore() const { return saw_restore_; }

    /// Number of events and bookmarks since `begin_watch`.
    std::uint64_t events() const { return events_; }

    /// The ERROR event that ended the watch, if one did.
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

/// Decodes one object, e.g. the answer to a POST or PATCH; reports it to the reader as `event`.
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
