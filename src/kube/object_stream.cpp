#include <tcr/kube/object_stream.hpp>
#include <tcr/util/strings.hpp>

#include <charconv>

namespace tcr::kube
{
namespace
{

// Fields of ObjectMeta; the derived decoders' own envelope fields follow.
constexpr int first_meta_field = 900;
enum meta_field : int
{
    meta_namespace = first_meta_field,
    meta_name,
    meta_uid,
    meta_resource_version,
    meta_deletion_timestamp
};

enum list_field : int
{
    list_resource_version = 1000,
    list_continue,
    list_item,
    list_kind
};

enum watch_field : int
{
    watch_type = 1000,
    status_code,
    status_reason,
    status_message,
    status_retry_after
};

/// Names, identifiers and versions.
constexpr std::size_t max_meta_bytes = 1024;

/// A continue token holds the key of the last object, and a Status its causes.
constexpr std::size_t max_token_bytes = 16 * 1024;
constexpr std::size_t max_message_bytes = 64 * 1024;

/// The places of ObjectMeta, relative to the object.
std::vector<skim_path> meta_paths()
{
    std::vector<skim_path> paths{
        {meta_namespace, {"metadata", "namespace"}},
        {meta_name, {"metadata", "name"}},
        {meta_uid, {"metadata", "uid"}},
        {meta_resource_version, {"metadata", "resourceVersion"}},
        {meta_deletion_timestamp, {"metadata", "deletionTimestamp"}},
    };
    for (auto& each : paths)
        each.max_bytes = max_meta_bytes;
    return paths;
}

std::vector<skim_path> all_paths(
    object_reader const& reader, std::vector<std::string> const& prefix, std::vector<skim_path> envelope
)
{
    auto add = [&](skim_path wanted)
    {
        wanted.path.insert(wanted.path.begin(), prefix.begin(), prefix.end());
        envelope.push_back(std::move(wanted));
    };
    for (auto const& wanted : meta_paths())
        add(wanted);
    for (auto const& wanted : reader.paths())
        add(wanted);
    return envelope;
}

/// The place of a field as people write it, such as "metadata.labels.*".
std::string place_of(int field, object_reader const& reader)
{
    std::string place;
    for (auto const& wanted : field < first_meta_field ? reader.paths() : meta_paths())
        if (wanted.field == field && place.empty())
            for (auto const& step : wanted.path)
                place += (step == "[]" || place.empty() ? "" : ".") + step;
    return place;
}

void forget(object_meta& meta)
{
    // Keeps the strings' capacity: the next object costs no allocation.
    meta.ns.clear();
    meta.name.clear();
    meta.uid.clear();
    meta.resource_version = 0;
    meta.is_deleting = false;
}

std::uint64_t version_of(std::string_view text)
{
    return parse_u64(text).value_or(0);
}

}  // namespace

void object_reader::on_piece(int, std::string_view, bool) {}
void object_reader::on_open(int) {}
void object_reader::on_unreadable(object_event, object_meta const&, std::string_view) {}

object_decoder::object_decoder(
    object_reader& reader, std::vector<std::string> const& prefix, std::vector<skim_path> envelope
)
    : reader_(reader), tree_(all_paths(reader, prefix, std::move(envelope))), skimmer_(tree_, *this)
{
}

void object_decoder::on_value(int field, std::string_view key, std::string_view text)
{
    if (field < first_meta_field)
        return reader_.on_value(field, key, text);
    switch (field)
    {
        case meta_namespace:
            meta_.ns.assign(text);
            break;
        case meta_name:
            meta_.name.assign(text);
            break;
        case meta_uid:
            meta_.uid.assign(text);
            break;
        case meta_resource_version:
            meta_.resource_version = version_of(text);
            break;
        case meta_deletion_timestamp:
            meta_.is_deleting = true;
            break;
        default:
            on_envelope(field, text);
    }
}

void object_decoder::on_piece(int field, std::string_view piece, bool last)
{
    reader_.on_piece(field, piece, last);
}

void object_decoder::on_open(int field)
{
    if (field < first_meta_field)
        reader_.on_open(field);
}

void object_decoder::on_unreadable(int field, std::string_view problem)
{
    if (field >= first_envelope_field)
        on_unreadable_envelope(field);
    else if (problem_.empty())
        problem_ = place_of(field, reader_).append(" ").append(problem);
}

void object_decoder::begin_object()
{
    forget(meta_);
    problem_.clear();
    reader_.begin_object();
}

void object_decoder::end_object(object_event event)
{
    // Of a deleted object the name counts, and that it is gone.
    if (problem_.empty() || event == object_event::deleted)
        reader_.on_object(event, meta_);
    else
        reader_.on_unreadable(event, meta_, problem_);
    begin_object();
}

list_decoder::list_decoder(object_reader& reader)
    : object_decoder(
          reader,
          {"items", "[]"},
          {{list_resource_version, {"metadata", "resourceVersion"}},
           {list_continue, {"metadata", "continue"}, false, max_token_bytes},
           {list_item, {"items", "[]"}},
           {list_kind, {"kind"}}}
      )
{
}

void list_decoder::begin_page()
{
    skimmer_.reset();
    begin_object();
    resource_version_ = 0;
    continue_.clear();
    is_list_ = false;
    complete_ = false;
    broken_ = false;
}

void list_decoder::on_envelope(int field, std::string_view text)
{
    if (field == list_resource_version)
        resource_version_ = version_of(text);
    else if (field == list_continue)
        continue_.assign(text);
    else if (field == list_kind)
        is_list_ = text.ends_with("List");
}

void list_decoder::on_close(int field)
{
    if (field != list_item)
        return;
    if (is_complete())
        return end_object(object_event::listed);
    broken_ = true;
    begin_object();
}

void list_decoder::on_unreadable_envelope(int field)
{
    // Without its token a page would pass for the last one.
    broken_ = broken_ || field == list_continue;
}

boost::system::error_code list_decoder::on_document()
{
    complete_ = true;
    if (broken_ || !is_list_ || resource_version_ == 0)
        return errc::bad_answer;
    return {};
}

watch_decoder::watch_decoder(object_reader& reader)
    : object_decoder(
          reader,
          {"object"},
          {{watch_type, {"type"}},
           {status_code, {"object", "code"}},
           {status_reason, {"object", "reason"}},
           {status_message, {"object", "message"}, false, max_message_bytes},
           {status_retry_after, {"object", "details", "retryAfterSeconds"}}}
      )
{
}

void watch_decoder::begin_watch(std::uint64_t from)
{
    skimmer_.reset();
    begin_object();
    type_.clear();
    status_ = {};
    resource_version_ = from;
    events_ = 0;
    went_back_ = false;
    failure_.reset();
}

void watch_decoder::on_envelope(int field, std::string_view text)
{
    auto number = static_cast<int>(parse_u64(text).value_or(0));
    switch (field)
    {
        case watch_type:
            type_.assign(text);
            break;
        case status_code:
            status_.code = number;
            break;
        case status_reason:
            status_.reason.assign(text);
            break;
        case status_message:
            status_.message.assign(text);
            break;
        case status_retry_after:
            status_.retry_after = std::chrono::seconds(number);
            break;
        default:
            break;
    }
}

boost::system::error_code watch_decoder::on_document()
{
    if (type_ == "ERROR")
    {
        failure_ = status_;
        return classify(status_);
    }
    bool const is_bookmark = type_ == "BOOKMARK";
    std::optional<object_event> event;
    if (type_ == "ADDED")
        event = object_event::added;
    else if (type_ == "MODIFIED")
        event = object_event::modified;
    else if (type_ == "DELETED")
        event = object_event::deleted;
    if (meta_.resource_version == 0 || (event && !is_complete()) || (!event && !is_bookmark))
        return errc::bad_answer;

    ++events_;
    // Events of one watch come in the order of their versions, and none is older than where it began.
    went_back_ = went_back_ || meta_.resource_version < resource_version_;
    resource_version_ = meta_.resource_version;
    if (event)
        end_object(*event);
    else
        begin_object();
    type_.clear();
    status_ = {};
    return went_back_ ? make_error_code(errc::gone) : boost::system::error_code();
}

single_object_decoder::single_object_decoder(object_reader& reader, object_event event)
    : object_decoder(reader, {}, {}), event_(event)
{
}

void single_object_decoder::begin()
{
    skimmer_.reset();
    begin_object();
    complete_ = false;
}

boost::system::error_code single_object_decoder::on_document()
{
    if (!is_complete())
        return errc::bad_answer;
    complete_ = true;
    end_object(event_);
    return {};
}

}  // namespace tcr::kube
