// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/access_review.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/request.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace tcr::kube
{
namespace
{

namespace json = boost::json;

/// A namespace that cannot exist, because names of namespaces have no capital letters. So it contains no
/// RoleBinding. The API server accepts any text as the namespace of a review.
constexpr std::string_view no_namespace = "NONE";

net::http_request review_request(std::string_view kind, std::string_view plural, json::object review_spec)
{
    json::object const body{
        {"apiVersion", "authorization.k8s.io/v1"}, {"kind", kind}, {"spec", std::move(review_spec)}};
    resource const type{"authorization.k8s.io", "v1", std::string(plural)};
    return create_request(type, {}, json::serialize(body));
}

/// The `status` of a review. \par Errors `errc::bad_answer` if the answer has none; the text names `kind`.
result<json::object> status_of(std::string_view body, std::string_view kind)
{
    boost::system::error_code ec;
    auto const parsed = json::parse(body, ec);
    boost::system::error_code missing;
    auto const* found = ec ? nullptr : parsed.find_pointer("/status", missing);
    if (found == nullptr || !found->is_object())
        return error(errc::bad_answer, std::string("the answer is not a ").append(kind));
    return found->get_object();
}

bool is_true(json::object const& object, std::string_view key)
{
    auto const* found = object.if_contains(key);
    return found != nullptr && found->is_bool() && found->get_bool();
}

std::vector<std::string> texts_of(json::object const& object, std::string_view key)
{
    std::vector<std::string> texts;
    auto const* found = object.if_contains(key);
    if (found != nullptr && found->is_array())
        for (auto const& each : found->get_array())
            if (each.is_string())
                texts.emplace_back(each.get_string());
    return texts;
}

bool has(std::vector<std::string> const& list, std::string_view what)
{
    return std::ranges::any_of(list, [&](auto const& each) { return each == what || each == "*"; });
}

}  // namespace

net::http_request access_review_request(access_question const& question)
{
    json::object attributes{
        {"verb", question.verb}, {"group", question.group}, {"resource", question.plural}};
    if (!question.name.empty())
        attributes["name"] = question.name;
    return review_request(
        "SelfSubjectAccessReview",
        "selfsubjectaccessreviews",
        json::object{{"resourceAttributes", std::move(attributes)}}
    );
}

result<bool> parse_access_review(std::string_view body)
{
    auto const status = status_of(body, "SelfSubjectAccessReview");
    if (!status)
        return status.error();
    return is_true(*status, "allowed");
}

bool access_rule::grants(std::string_view verb, std::string_view group, std::string_view plural) const
{
    return has(verbs, verb) && has(groups, group) && has(resources, plural);
}

net::http_request rules_review_request()
{
    return review_request(
        "SelfSubjectRulesReview", "selfsubjectrulesreviews", json::object{{"namespace", no_namespace}}
    );
}

result<rules_review> parse_rules_review(std::string_view body)
{
    auto const status = status_of(body, "SelfSubjectRulesReview");
    if (!status)
        return status.error();
    rules_review review;
    review.is_incomplete = is_true(*status, "incomplete");
    auto const* rules = status->if_contains("resourceRules");
    if (rules == nullptr || !rules->is_array())
        return review;
    for (auto const& each : rules->get_array())
        if (each.is_object())
        {
            auto const& rule = each.get_object();
            review.rules.push_back(
                {texts_of(rule, "verbs"),
                 texts_of(rule, "apiGroups"),
                 texts_of(rule, "resources"),
                 texts_of(rule, "resourceNames")}
            );
        }
    return review;
}

}  // namespace tcr::kube
