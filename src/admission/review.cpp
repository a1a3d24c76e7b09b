// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/review.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace tcr::admission
{
namespace
{

namespace json = boost::json;

constexpr std::string_view review_version = "admission.k8s.io/v1";
constexpr std::string_view review_kind = "AdmissionReview";

/// Max size of a name or uid in bytes. Names have at most 253 characters, uids fewer. The limit bounds the
/// response, which repeats some of these values.
constexpr std::size_t max_name_size = 256;

template <std::string review_request::*Member>
void set_word(review_envelope& review, std::string_view, std::string_view text)
{
    review.request.*Member = text;
}

constexpr kube::field<review_envelope> review_fields[] = {
    {"apiVersion", [](auto& review, auto, auto text) { review.api_version = text; }},
    {"kind", [](auto& review, auto, auto text) { review.kind = text; }},
    {.path = "request", .open = [](auto& review) { review.has_request = true; }},
    {"request.uid", set_word<&review_request::uid>},
    {"request.operation", set_word<&review_request::operation>},
    {"request.resource.group", set_word<&review_request::group>},
    {"request.resource.resource", set_word<&review_request::resource>},
    {"request.subResource", set_word<&review_request::subresource>},
    {"request.kind.kind", set_word<&review_request::kind>},
    {"request.name", set_word<&review_request::name>},
    {"request.namespace", set_word<&review_request::ns>},
};

constexpr kube::field<review_object> object_fields[] = {
    {.path = "", .open = [](auto& side) { side.is_present = true; }},
    {"metadata.name", [](auto& side, auto, auto text) { side.meta.name = text; }},
    {"metadata.uid", [](auto& side, auto, auto text) { side.meta.uid = text; }},
    {"metadata.deletionTimestamp", [](auto& side, auto, auto) { side.meta.is_deleting = true; }},
};

/// Field numbers in the skimmer. Those of `object` begin at `first_of_object`, those of `oldObject` at
/// `first_of_old_object`. In each of the two ranges, the fields of the object's reader come first, and
/// `object_fields` begin at offset `first_own_field`.
constexpr int first_of_object = 10'000;
constexpr int first_of_old_object = 20'000;
constexpr int first_own_field = 9'000;

bool has_long_name(review_request const& request)
{
    auto const& [uid, operation, group, resource, subresource, kind, name, ns] = request;
    return std::max(
               {uid.size(),
                operation.size(),
                group.size(),
                resource.size(),
                subresource.size(),
                kind.size(),
                name.size(),
                ns.size()}
           ) > max_name_size;
}

error invalid_review(std::string const& reason)
{
    return error(
        kube::errc::bad_answer, "not an AdmissionReview of " + std::string(review_version) + ": " + reason
    );
}

/// A metav1.Status in the form that the API server uses for its own refusals, so that kubectl prints it well.
json::object refusal(review_request const& request, review_answer const& answer)
{
    json::array causes;
    std::string message;
    for (auto const& each : answer.causes)
    {
        causes.push_back(
            json::object({{"reason", "FieldValueInvalid"}, {"field", each.field}, {"message", each.message}})
        );
        message += (message.empty() ? "" : "; ") + each.field + ": " + each.message;
    }
    json::object const details{
        {"group", request.group}, {"kind", request.kind}, {"name", request.name}, {"causes", causes}};
    return {{"code", 422}, {"reason", "Invalid"}, {"message", message}, {"details", details}};
}

}  // namespace

review_reader::review_reader(kube::object_reader& object, kube::object_reader* old_object)
    : object_{&object, first_of_object, {}, false, false},
      old_object_{old_object, first_of_old_object, {}, false, false},
      tree_(paths()),
      skimmer_(tree_, *this)
{
}

std::vector<kube::skim_path> review_reader::paths() const
{
    auto all = kube::paths_of<review_envelope>(review_fields);
    auto const add = [&all](review_object const& object, std::string const& member)
    {
        if (object.reader == nullptr)
            return;
        std::vector<std::string> const prefix{"request", member};
        auto const own = object.first_field + first_own_field;
        kube::append_paths(all, kube::paths_of<review_object>(object_fields), prefix, own);
        kube::append_paths(all, object.reader->paths(), prefix, object.first_field);
    };
    add(object_, "object");
    add(old_object_, "oldObject");
    return all;
}

result<review_request> review_reader::read(std::string_view body)
{
    skimmer_.reset();
    envelope_ = {};
    problem_.clear();
    is_complete_ = false;
    for (auto* each : {&object_, &old_object_})
    {
        each->meta = {};
        each->is_present = false;
        each->is_unreadable = false;
        if (each->reader != nullptr)
            each->reader->begin_object();
    }
    if (auto const ec = skimmer_.feed(body); ec || !is_complete_ || !skimmer_.between_documents())
        return invalid_review("the body is not JSON or is incomplete");
    auto const& [api_version, kind, has_request, request] = envelope_;
    if (api_version != review_version || kind != review_kind)
        return invalid_review(
            "apiVersion and kind are '" + printable(api_version, 60) + "' and '" + printable(kind, 60) + "'"
        );
    if (!has_request)
        return invalid_review("request is missing");
    if (!problem_.empty())
        return invalid_review("a required value " + problem_);
    if (request.uid.empty())
        return invalid_review("request.uid is missing");
    if (has_long_name(request))
        return invalid_review("a name in the request exceeds " + std::to_string(max_name_size) + " bytes");
    if (object_.is_present)
        object_.reader->on_object(kube::object_event::added, object_.meta);
    if (old_object_.is_unreadable)
        old_object_.reader->begin_object();
    else if (old_object_.is_present)
        old_object_.reader->on_object(kube::object_event::modified, old_object_.meta);
    return request;
}

review_object* review_reader::object_of(int field)
{
    if (field < first_of_object)
        return nullptr;
    return field < first_of_old_object ? &object_ : &old_object_;
}

void review_reader::on_value(int field, std::string_view key, std::string_view text)
{
    auto* object = object_of(field);
    if (object == nullptr)
        return kube::set_field(review_fields, field, envelope_, key, text);
    auto const number = field - object->first_field;
    if (number < first_own_field)
        object->reader->on_value(number, key, text);
    else
        kube::set_field(object_fields, number - first_own_field, *object, key, text);
}

void review_reader::on_piece(int field, std::string_view piece, bool last)
{
    auto* object = object_of(field);
    object->reader->on_piece(field - object->first_field, piece, last);
}

void review_reader::on_unreadable(int field, std::string_view problem)
{
    if (object_of(field) == &old_object_)
        old_object_.is_unreadable = true;
    else
        problem_ = problem;
}

void review_reader::on_open(int field)
{
    auto* object = object_of(field);
    if (object == nullptr)
        return kube::open_field(review_fields, field, envelope_);
    auto const number = field - object->first_field;
    if (number < first_own_field)
        object->reader->on_open(number);
    else
        kube::open_field(object_fields, number - first_own_field, *object);
}

boost::system::error_code review_reader::on_document()
{
    if (is_complete_)
        return kube::errc::bad_answer;
    is_complete_ = true;
    return {};
}

std::string review_text(review_request const& request, review_answer const& answer)
{
    json::object response;
    response["uid"] = request.uid;
    response["allowed"] = answer.is_allowed;
    if (!answer.is_allowed)
        response["status"] = refusal(request, answer);
    if (!answer.warnings.empty())
        response["warnings"] = json::array(answer.warnings.begin(), answer.warnings.end());
    if (!answer.patch.empty())
    {
        response["patchType"] = "JSONPatch";
        response["patch"] = base64_encode(answer.patch);
    }
    json::object review;
    review["apiVersion"] = review_version;
    review["kind"] = review_kind;
    review["response"] = std::move(response);
    return json::serialize(review);
}

}  // namespace tcr::admission
