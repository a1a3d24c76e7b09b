#include <tcr/admission/image_pull_secret_webhook.hpp>
#include <tcr/controller/spec_warnings.hpp>
#include <tcr/controller/validation.hpp>

#include <algorithm>

namespace tcr::admission
{
namespace
{

using controller::field_problem;

/// The problems of `object` that `former` does not have.
std::vector<field_problem> new_problems(
    controller::image_pull_secret const& object, std::optional<controller::image_pull_secret> const& former
)
{
    auto problems = controller::validate(object);
    if (!former || problems.empty())
        return problems;
    auto const old = controller::validate(*former);
    std::erase_if(
        problems, [&](auto const& each) { return std::find(old.begin(), old.end(), each) != old.end(); }
    );
    return problems;
}

}  // namespace

void image_pull_secret_reader::begin_object()
{
    table_reader::begin_object();
    object.reset();
    is_deleting = false;
    has_too_much = false;
    parts_ = 0;
}

bool image_pull_secret_reader::take_one()
{
    has_too_much = ++parts_ > most_parts;
    return !has_too_much;
}

void image_pull_secret_reader::on_value(int field, std::string_view key, std::string_view text)
{
    if (take_one())
        table_reader::on_value(field, key, text);
}

void image_pull_secret_reader::on_open(int field)
{
    if (take_one())
        table_reader::on_open(field);
}

void image_pull_secret_reader::on_object(kube::object_event, kube::object_meta const& meta)
{
    object = values_.take(meta);
    is_deleting = meta.is_deleting;
}

image_pull_secret_webhook::image_pull_secret_webhook(
    controller::catalog const& crs, runtime::cluster_store const& known, std::function<bool()> is_synced
)
    : webhook(controller::image_pull_secret_type().group, controller::image_pull_secret_type().plural),
      catalog_(crs),
      known_(known),
      is_synced_(std::move(is_synced))
{
}

net::server_response image_pull_secret_webhook::answer(net::server_request const& request)
{
    auto asked = open(request, reader_);
    if (auto* refused = std::get_if<net::server_response>(&asked))
        return std::move(*refused);
    auto const& review = std::get<review_request>(asked);
    auto response = close(request, review, decide(review));
    // Clear the objects: they may hold a password.
    object_.begin_object();
    former_.begin_object();
    return response;
}

review_answer image_pull_secret_webhook::decide(review_request const& review) const
{
    review_answer answer;
    bool const is_write = review.operation == "CREATE" || review.operation == "UPDATE";
    // Other clients must be able to remove a finalizer from an object that is being deleted.
    if (!is_write || !object_.object || object_.is_deleting)
        return answer;
    if (object_.has_too_much || former_.has_too_much)
    {
        answer.is_allowed = false;
        answer.causes.push_back({"spec", "has more entries than any ImagePullSecret can have"});
        return answer;
    }
    for (auto& problem : new_problems(*object_.object, former_.object))
        answer.causes.push_back({std::move(problem.field), std::move(problem.message)});
    answer.is_allowed = answer.causes.empty();
    if (answer.is_allowed && is_synced_())
        answer.warnings = controller::spec_warnings(*object_.object, catalog_, &known_);
    return answer;
}

}  // namespace tcr::admission
