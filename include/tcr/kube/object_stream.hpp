#pragma once

// Decodes lists, watches and single objects of the API server, object by object.

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

    /// etcd's revision. Comparable as a number for all types kube-apiserver itself stores.
    std::uint64_t resource_version = 0;

    bool is_deleting = false;  ///< deletionTimestamp is set
};

/// No object is longer in etcd, which takes 1.5 MiB (--max-request-bytes): for values that may fill one.
inline constexpr std::size_t max_object_bytes = 2 * 1024 * 1024;

/// What a list or a watch says of an object.
enum class object_event
{
    listed,
    added,
    modified,
    deleted
};

/// Reads the objects of one type: names the places it wants beside `object_meta`, collects their values and
/// acts when an object is complete.
class object_reader
{
public:
    virtual ~object_reader() = default;

    /// Wanted places, relative to the object; the same at each call.
    virtual std::vector<skim_path> paths() const = 0;

    /// Another object begins: forget what was collected.
    virtual void begin_object() = 0;

    virtual void on_value(int field, std::string_view key, std::string_view text) = 0;
    virtual void on_piece(int field, std::string_view piece, bool last);
    virtual void on_open(int field);

    /// The object is complete. For `deleted` its values are the last ones, and values that cannot be read are
    /// missing.
    virtual void on_object(object_event event, object_meta const& meta) = 0;

    /// Takes the place of `on_object`, except for `deleted`: a wanted value of the object cannot be read, so
    /// that the values collected do not show what it is. `problem` names the value and says why. It exists,
    /// so a list that delivers it does not show its absence. Ignored by default.
    virtual void on_unreadable(object_event event, object_meta const& meta, std::string_view problem);
};

/// Wants no more of an object than `object_meta`: a base for who acts on that, and by itself for who reads a
/// list or a watch for something else, such as its version.
class meta_reader : public object_reader
{
public:
    std::vector<skim_path> paths() const override { return {}; }
    void begin_object() override {}
    void on_value(int, std::string_view, std::string_view) override {}
    void on_object(object_event, object_meta const&) override {}
};

/// What the decoders of this header share: an envelope of our own around the reader's places.
class object_decoder : public net::body_sink, protected skim_handler
{
public:
    boost::system::error_code on_body(std::string_view piece) override { return skimmer_.feed(piece); }

protected:
    /// `prefix` is the way from the document's root to an object, `envelope` what is wanted beside it: its
    /// fields are numbered from 0 on.
    object_decoder(
        object_reader& reader, std::vector<std::string> const& prefix, std::vector<skim_path> envelope
    );
    ~object_decoder() = default;

    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_piece(int field, std::string_view piece, bool last) override;
    void on_open(int field) override;
    void on_unreadable(int field, std::string_view problem) override;
    virtual void on_envelope(int field, std::string_view text) = 0;

    /// An envelope field cannot be read: as if it were not there, by default.
    virtual void on_unreadable_envelope(int) {}

    /// Forgets the object at hand: another one begins.
    void begin_object();

    /// Reports the object at hand, which is complete, and begins the next one.
    void end_object(object_event event);

    /// Whether the object at hand has what every object must have.
    bool is_complete() const { return !meta_.name.empty() && meta_.resource_version != 0; }

    /// The skimmer numbers envelope fields from here on; the reader's stay below.
    static constexpr int first_envelope_field = 1000;

    object_reader& reader_;
    object_meta meta_;

private:
    skim_tree tree_;
    std::string problem_;  ///< not empty: the object at hand cannot be read

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

    /// Whether the page came to its end and was a list at all.
    bool page_complete() const { return complete_ && is_list_ && resource_version_ != 0; }

private:
    void on_envelope(int field, std::string_view text) override;
    void on_unreadable_envelope(int field) override;
    void on_close(int field) override;
    boost::system::error_code on_document() override;

    std::uint64_t resource_version_ = 0;
    std::string continue_;
    bool is_list_ =
        false;  ///< of a kind that ends in "List": no object in its place passes for an empty list
    bool complete_ = false;
    bool broken_ = false;
};

/// What an event of a watch holds beside its object, or in the object's place.
struct watch_envelope
{
    std::string type;
    api_status status;  ///< of an ERROR
};

/// Decodes a watch: one JSON document an event.
class watch_decoder final : public object_decoder
{
public:
    explicit watch_decoder(object_reader& reader);

    /// Call before each watch.
    void begin_watch(std::uint64_t from);

    /// The version to resume from: the newest seen in an event or a bookmark.
    std::uint64_t resource_version() const { return resource_version_; }

    /// A bookmark or event older than where the watch began: the server went back in time.
    bool went_back() const { return went_back_; }

    /// Events and bookmarks since `begin_watch`.
    std::uint64_t events() const { return events_; }

    /// The ERROR event that ended the watch, if one did.
    std::optional<api_status> const& failure() const { return failure_; }

private:
    void on_envelope(int field, std::string_view text) override;
    boost::system::error_code on_document() override;

    watch_envelope envelope_;
    std::uint64_t resource_version_ = 0;
    std::uint64_t events_ = 0;
    bool went_back_ = false;
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
