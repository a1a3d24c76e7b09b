// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/image_pull_secret_webhook.hpp>
#include <tcr/controller/spec_warnings.hpp>
#include <tcr/controller/validation.hpp>

#include <algorithm>

namespace tcr::admission
{
namespace
{

using controller::field_problem;

/// The problems of `object` that `old_object` lacks.
std::vector<field_problem> new_problems(
    controller::image_pull_secret const& object,
    std::optional<controller::image_pull_secret> const& old_object
)
{
    auto problems = controller::validate(object);
    if (!old_object || problems.empty())
        return problems;
    auto const old = controller::validate(*old_object);
    std::erase_if(problems, [&](auto const& each) { return std::ranges::find(old, each) != old.end(); });
    return problems;
}

}  // namespace

void image_pull_secret_reader::begin_object()
{
    table_reader::begin_object();
    object.reset();
    is_deleting = false;
    is_too_large = false;
    values_read_ = 0;
}

bool image_pull_secret_reader::has_room()
{
    is_too_large = ++values_read_ > max_values;
    return !is_too_large;
}

void image_pull_secret_reader::on_value(int field, std::string_view key, std::string_view text)
{
    if (has_room())
        table_reader::on_value(field, key, text);
}

void image_pull_secret_reader::on_open(int field)
{
    if (has_room())
        table_reader::on_open(field);
}

void image_pull_secret_reader::on_object(kube::object_event, kube::object_meta const& meta)
{
    object = values_.take(meta);
    is_deleting = meta.is_deleting;
}

image_pull_secret_webhook::image_pull_secret_webhook(
    controller::catalog const& catalog, runtime::cluster_store const& store, std::function<bool()> is_synced
)
    : webhook(controller::image_pull_secret_type().group, controller::image_pull_secret_type().plural),
      catalog_(catalog),
      store_(store),
      is_synced_(std::move(is_synced))
{
}

net::server_response image_pull_secret_webhook::answer(net::server_request const& request)
{
    auto parsed = parse(request, reader_);
    auto const* const review = std::get_if<review_request>(&parsed);
    auto response = review != nullptr ? respond(request, *review, decide(*review))
                                      : std::get<net::server_response>(std::move(parsed));
    // Clear the objects, because they may hold a password.
    object_.begin_object();
    old_object_.begin_object();
    return response;
}

review_answer image_pull_secret_webhook::decide(review_request const& review) const
{
    review_answer answer;
    bool const is_write = review.operation == "CREATE" || review.operation == "UPDATE";
    // Accept every update of an object that is being deleted: other clients must be able to remove its
    // finalizers.
    if (!is_write || !object_.object || object_.is_deleting)
        return answer;
    if (object_.is_too_large || old_object_.is_too_large)
    {
        answer.is_allowed = false;
        answer.causes.push_back({"spec", "has more entries than an ImagePullSecret can have"});
        return answer;
    }
    for (auto& problem : new_problems(*object_.object, old_object_.object))
        answer.causes.push_back({std::move(problem.field), std::move(problem.message)});
    answer.is_allowed = answer.causes.empty();
    if (answer.is_allowed && is_synced_())
        answer.warnings = controller::spec_warnings(*object_.object, catalog_, &store_);
    return answer;
}

}  // namespace tcr::admission
