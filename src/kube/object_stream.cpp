// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/field_table.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace tcr::kube
{
namespace
{

/// Number of the first ObjectMeta field. The reader's fields have lower numbers, the envelope's higher ones.
constexpr int first_meta_field = 900;

enum list_field : int
{
    list_resource_version,
    list_continue,
    list_item,
    list_kind
};

/// Limit in bytes for names, identifiers and versions.
constexpr std::size_t max_meta_bytes = 1024;

/// Limits in bytes. A continue token contains the key of the last object. A Status message may list many
/// causes.
constexpr std::size_t max_token_bytes = 16 * 1024;
constexpr std::size_t max_message_bytes = 64 * 1024;

std::uint64_t version_of(std::string_view text)
{
    return parse_u64(text).value_or(0);
}

int count_of(std::string_view text)
{
    constexpr std::uint64_t most = std::numeric_limits<int>::max();
    return static_cast<int>(std::min(parse_u64(text).value_or(0), most));
}

constexpr field<object_meta> meta_fields[] = {
    {"metadata.namespace", [](auto& meta, auto, auto text) { meta.ns = text; }, max_meta_bytes},
    {"metadata.name", [](auto& meta, auto, auto text) { meta.name = text; }, max_meta_bytes},
    {"metadata.uid", [](auto& meta, auto, auto text) { meta.uid = text; }, max_meta_bytes},
    {"metadata.resourceVersion",
     [](auto& meta, auto, auto text) { meta.resource_version = version_of(text); },
     max_meta_bytes},
    {"metadata.deletionTimestamp", [](auto& meta, auto, auto) { meta.is_deleting = true; }, max_meta_bytes},
};

constexpr field<watch_envelope> watch_fields[] = {
    {"type", [](auto& event, auto, auto text) { event.type = text; }},
    {"object.code", [](auto& event, auto, auto text) { event.status.code = count_of(text); }},
    {"object.reason", [](auto& event, auto, auto text) { event.status.reason = text; }},
    {"object.message", [](auto& event, auto, auto text) { event.status.message = text; }, max_message_bytes},
    {"object.details.retryAfterSeconds",
     [](auto& event, auto, auto text) { event.status.retry_after = std::chrono::seconds(count_of(text)); }},
};

std::vector<skim_path> all_paths(
    object_reader const& reader,
    std::vector<std::string> const& prefix,
    std::vector<skim_path> envelope,
    int first_envelope_field
)
{
    std::vector<skim_path> all;
    append_paths(all, std::move(envelope), {}, first_envelope_field);
    append_paths(all, paths_of<object_meta>(meta_fields), prefix, first_meta_field);
    append_paths(all, reader.paths(), prefix);
    return all;
}

/// The path of a field for messages, such as "metadata.labels.*".
std::string place_of(int field, object_reader const& reader)
{
    std::string place;
    for (auto const& wanted : all_paths(reader, {}, {}, 0))
        if (wanted.field == field && place.empty())
            for (auto const& step : wanted.path)
                place += (step == "[]" || place.empty() ? "" : ".") + step;
    return place;
}

void forget(object_meta& meta)
{
    // Keeps the capacity of the strings, so that the next object needs no allocation.
    meta.ns.clear();
    meta.name.clear();
    meta.uid.clear();
    meta.resource_version = 0;
    meta.is_deleting = false;
}

}  // namespace

object_decoder::object_decoder(
    object_reader& reader, std::vector<std::string> const& prefix, std::vector<skim_path> envelope
)
    : reader_(reader),
      tree_(all_paths(reader, prefix, std::move(envelope), first_envelope_field)),
      skimmer_(tree_, *this)
{
}

void object_decoder::on_value(int field, std::string_view key, std::string_view text)
{
    if (field < first_meta_field)
        reader_.on_value(field, key, text);
    else if (field < first_envelope_field)
        set_field(meta_fields, field - first_meta_field, meta_, key, text);
    else
        on_envelope(field - first_envelope_field, text);
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
        on_unreadable_envelope(field - first_envelope_field);
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
    // For a deleted object, only its name and the deletion itself matter.
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
    if (field != first_envelope_field + list_item)
        return;
    if (is_complete())
        return end_object(object_event::listed);
    broken_ = true;
    begin_object();
}

void list_decoder::on_unreadable_envelope(int field)
{
    // Without its continue token, the page would look like the last page.
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
    : object_decoder(reader, {"object"}, paths_of<watch_envelope>(watch_fields))
{
}

void watch_decoder::begin_watch(std::uint64_t from)
{
    skimmer_.reset();
    begin_object();
    envelope_ = {};
    resource_version_ = from;
    events_ = 0;
    saw_restore_ = false;
    failure_.reset();
}

void watch_decoder::on_envelope(int field, std::string_view text)
{
    set_field(watch_fields, field, envelope_, {}, text);
}

boost::system::error_code watch_decoder::on_document()
{
    auto const& type = envelope_.type;
    if (type == "ERROR")
    {
        failure_ = envelope_.status;
        return classify(envelope_.status);
    }
    bool const is_bookmark = type == "BOOKMARK";
    std::optional<object_event> event;
    if (type == "ADDED")
        event = object_event::added;
    else if (type == "MODIFIED")
        event = object_event::modified;
    else if (type == "DELETED")
        event = object_event::deleted;
    if (meta_.resource_version == 0 || (event && !is_complete()) || (!event && !is_bookmark))
        return errc::bad_answer;

    ++events_;
    // A watch delivers events in the order of their versions, and no version below the one from which it
    // resumes. A lower version means that the data was restored from a backup.
    saw_restore_ = saw_restore_ || meta_.resource_version < resource_version_;
    resource_version_ = meta_.resource_version;
    if (event)
        end_object(*event);
    else
        begin_object();
    envelope_ = {};
    return saw_restore_ ? make_error_code(errc::gone) : boost::system::error_code();
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
