// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/controller_options.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/controller/secret_access.hpp>
#include <tcr/kube/errc.hpp>

#include <map>
#include <utility>

namespace tcr::controller
{
namespace
{

/// Sends a review and parses its answer. \par Errors those of the API.
template <class Answer>
task<result<Answer>> ask(
    kube::client& client,
    net::http_request request,
    result<Answer> (*parse)(std::string_view),
    std::string_view doing
)
{
    auto const answer = co_await client.fetch(std::move(request), doing);
    if (!answer)
        co_return answer.error();
    co_return parse(*answer);
}

task<result<bool>> may_list(kube::client& client, std::string name)
{
    kube::access_question const question{"list", "", "secrets", std::move(name)};
    auto request = kube::access_review_request(question);
    co_return co_await ask(
        client, std::move(request), kube::parse_access_review, "cannot review the access to Secrets"
    );
}

}  // namespace

bool is_review_refused(error const& failure)
{
    return failure.code == kube::errc::forbidden || failure.code == kube::errc::not_found ||
           failure.code == kube::errc::unknown_resource;
}

secret_names granted_names(kube::rules_review const& review, std::span<std::string_view const> verbs)
{
    std::set<std::string_view> of_all;  // verbs that rules without names grant
    std::map<std::string, std::set<std::string_view>> of_names;
    for (auto const& rule : review.rules)
        for (auto const verb : verbs)
        {
            if (!rule.grants(verb, "", "secrets"))
                continue;
            if (rule.names.empty())
                of_all.insert(verb);
            for (auto const& name : rule.names)
                if (name.starts_with(secret_prefix))
                    of_names[name].insert(verb);
        }
    secret_names granted;
    for (auto& [name, allowed] : of_names)
    {
        allowed.insert(of_all.begin(), of_all.end());
        if (allowed.size() == verbs.size())
            granted.insert(name);
    }
    return granted;
}

std::string secret_access::problem_of(std::string_view cr_name) const
{
    auto const secret = secret_name(cr_name);
    if (allows(secret))
        return {};
    auto text = "the controller may not access Secret " + secret +
                ", so nothing is written or removed; grant the access with: tcr-assistant rbac ";
    if (own_namespace_ != default_own_namespace)
        text += "--namespace " + own_namespace_ + " ";
    return text.append(cr_name).append(" | kubectl apply -f -");
}

task<result<secret_access>> read_secret_access(
    kube::client& client,
    secret_names wanted,
    std::string own_namespace,
    std::span<std::string_view const> verbs
)
{
    std::string const every;
    auto const all = co_await may_list(client, every);
    if (!all)
        co_return all.error();
    if (*all)
        co_return secret_access();
    auto request = kube::rules_review_request();
    auto review = co_await ask(
        client, std::move(request), kube::parse_rules_review, "cannot review the rules of this account"
    );
    if (!review && !is_review_refused(review.error()))
        co_return review.error();
    auto granted = review ? granted_names(*review, verbs) : secret_names();
    if (!review || review->is_incomplete)
        for (auto const& name : wanted)
        {
            if (granted.contains(name))
                continue;
            auto const allowed = co_await may_list(client, name);
            if (!allowed)
                co_return allowed.error();
            if (*allowed)
                granted.insert(name);
        }
    co_return secret_access(std::move(granted), std::move(own_namespace));
}

}  // namespace tcr::controller
