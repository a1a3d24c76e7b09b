#include <tcr/admission/review.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/util/json_text.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

namespace tcr::admission
{
namespace
{

namespace json = boost::json;

constexpr std::string_view review_version = "admission.k8s.io/v1";
constexpr std::string_view review_kind = "AdmissionReview";

enum review_field : int
{
    api_version,
    kind,
    request,
    uid,
    operation,
    group,
    resource,
    subresource,
    object_kind,
    object_name,
    ns,
    dry_run
};

/// Texts of the request, and where they stand below it.
struct request_text
{
    int field;
    std::string review_request::*member;
    std::vector<std::string> path;
};

std::vector<request_text> const request_texts{
    {review_field::uid, &review_request::uid, {"uid"}},
    {review_field::operation, &review_request::operation, {"operation"}},
    {review_field::group, &review_request::group, {"resource", "group"}},
    {review_field::resource, &review_request::resource, {"resource", "resource"}},
    {review_field::subresource, &review_request::subresource, {"subResource"}},
    {review_field::object_kind, &review_request::kind, {"kind", "kind"}},
    {review_field::object_name, &review_request::name, {"name"}},
    {review_field::ns, &review_request::ns, {"namespace"}},
};

std::vector<std::string> in_request(std::vector<std::string> path)
{
    path.insert(path.begin(), "request");
    return path;
}

/// Names have at most 253 characters, uids fewer. The answer repeats some of them.
constexpr std::size_t longest_word = 256;

/// The reader's own fields lie between `first` and its metadata.
constexpr int first_of_object = 10'000;
constexpr int first_of_former = 20'000;
constexpr int meta_fields = 9'000;

enum meta_field : int
{
    itself = meta_fields,
    name,
    object_uid,
    deletion
};

error no_review(std::string why)
{
    return error(
        kube::errc::bad_answer, "not an AdmissionReview of " + std::string(review_version) + ": " + why
    );
}

/// A metav1.Status, in the form of the API server's own refusals, which kubectl knows how to print.
json::object refusal(review_request const& request, review_answer const& answer)
{
    json::array causes;
    std::string message;
    for (auto const& each : answer.causes)
    {
        json::object cause;
        cause["reason"] = "FieldValueInvalid";
        cause["field"] = each.field;
        cause["message"] = each.message;
        causes.push_back(std::move(cause));
        message += (message.empty() ? "" : "; ") + each.field + ": " + each.message;
    }
    json::object status;
    status["code"] = 422;
    status["reason"] = "Invalid";
    status["message"] = message;
    json::object details;
    details["group"] = request.group;
    details["kind"] = request.kind;
    details["name"] = request.name;
    details["causes"] = std::move(causes);
    status["details"] = std::move(details);
    return status;
}

}  // namespace

review_reader::review_reader(kube::object_reader& object, kube::object_reader* former)
    : object_{&object, first_of_object, {}, false, false},
      former_{former, first_of_former, {}, false, false},
      tree_(paths()),
      skimmer_(tree_, *this)
{
}

std::vector<kube::skim_path> review_reader::paths() const
{
    std::vector<kube::skim_path> all{
        {review_field::api_version, {"apiVersion"}},
        {review_field::kind, {"kind"}},
        {review_field::request, {"request"}},
        {review_field::dry_run, in_request({"dryRun"})},
    };
    for (auto const& text : request_texts)
        all.push_back({text.field, in_request(text.path)});
    auto const add = [&](side const& which, std::string const& place)
    {
        if (which.reader == nullptr)
            return;
        auto const at = [&](std::vector<std::string> rest)
        {
            rest.insert(rest.begin(), place);
            return in_request(std::move(rest));
        };
        all.push_back({which.first_field + meta_field::itself, at({})});
        all.push_back({which.first_field + meta_field::name, at({"metadata", "name"})});
        all.push_back({which.first_field + meta_field::object_uid, at({"metadata", "uid"})});
        all.push_back({which.first_field + meta_field::deletion, at({"metadata", "deletionTimestamp"})});
        for (auto& path : which.reader->paths())
            all.push_back({which.first_field + path.field, at(std::move(path.path)), path.in_pieces, path.max_bytes});
    };
    add(object_, "object");
    add(former_, "oldObject");
    return all;
}

result<review_request> review_reader::read(std::string_view body)
{
    skimmer_.reset();
    request_ = {};
    api_version_.clear();
    kind_.clear();
    has_request_ = false;
    problem_.clear();
    is_complete_ = false;
    for (auto* each : {&object_, &former_})
    {
        each->meta = {};
        each->is_there = false;
        each->is_unreadable = false;
        if (each->reader != nullptr)
            each->reader->begin_object();
    }
    if (auto const ec = skimmer_.feed(body); ec || !is_complete_ || !skimmer_.between_documents())
        return no_review("the body is no JSON, or is cut short");
    if (api_version_ != review_version || kind_ != review_kind)
        return no_review(
            "apiVersion and kind are '" + printable(api_version_, 60) + "' and '" + printable(kind_, 60) + "'"
        );
    if (!has_request_)
        return no_review("there is no request in it");
    if (!problem_.empty())
        return no_review("a value that is needed " + problem_);
    if (request_.uid.empty())
        return no_review("the request has no uid");
    for (auto const& text : request_texts)
        if ((request_.*text.member).size() > longest_word)
            return no_review("a name in the request is longer than any name can be");
    if (object_.is_there)
        object_.reader->on_object(kube::object_event::added, object_.meta);
    if (former_.is_unreadable)
        former_.reader->begin_object();
    else if (former_.is_there)
        former_.reader->on_object(kube::object_event::modified, former_.meta);
    return request_;
}

review_reader::side* review_reader::side_of(int field)
{
    if (field < first_of_object)
        return nullptr;
    return field < first_of_former ? &object_ : &former_;
}

void review_reader::on_value(int field, std::string_view key, std::string_view text)
{
    if (auto* which = side_of(field))
    {
        auto const of_object = field - which->first_field;
        if (of_object == meta_field::name)
            which->meta.name = text;
        else if (of_object == meta_field::object_uid)
            which->meta.uid = text;
        else if (of_object == meta_field::deletion)
            which->meta.is_deleting = true;
        else if (of_object < meta_fields)
            which->reader->on_value(of_object, key, text);
        return;
    }
    switch (field)
    {
        case review_field::api_version:
            api_version_ = text;
            break;
        case review_field::kind:
            kind_ = text;
            break;
        case review_field::dry_run:
            request_.is_dry_run = text == "true";
            break;
        default:
            for (auto const& each : request_texts)
                if (each.field == field)
                    request_.*each.member = text;
            break;
    }
}

void review_reader::on_piece(int field, std::string_view piece, bool last)
{
    auto* which = side_of(field);
    which->reader->on_piece(field - which->first_field, piece, last);
}

void review_reader::on_unreadable(int field, std::string_view problem)
{
    if (side_of(field) == &former_)
        former_.is_unreadable = true;
    else
        problem_ = problem;
}

void review_reader::on_open(int field)
{
    auto* which = side_of(field);
    if (which == nullptr)
        has_request_ = has_request_ || field == review_field::request;
    else if (field - which->first_field == meta_field::itself)
        which->is_there = true;
    else
        which->reader->on_open(field - which->first_field);
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
    review["apiVersion"] = json_text(review_version);
    review["kind"] = json_text(review_kind);
    review["response"] = std::move(response);
    return json::serialize(review);
}

}  // namespace tcr::admission
