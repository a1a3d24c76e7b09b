// SPDX-License-Identifier: Apache-2.0
#pragma once

// Builds requests that ask the API server what our own account may do, and parses the answers. Pure.
// https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access

#include <tcr/net/http_message.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tcr::kube
{

/// A right on a resource type in all namespaces.
struct access_question
{
    std::string verb;
    std::string group;  ///< empty for core
    std::string plural;
    std::string name = {};  ///< name of one object; empty: all objects
};

/// Requests a SelfSubjectAccessReview. Unlike a SelfSubjectRulesReview, this review covers all authorizers of
/// the server, including webhooks.
net::http_request access_review_request(access_question const& question);

/// Whether a SelfSubjectAccessReview in an answer allows the access. \par Errors `errc::bad_answer`.
result<bool> parse_access_review(std::string_view body);

/// A rule of a SelfSubjectRulesReview. "*" in `verbs`, `groups` or `resources` stands for all.
struct access_rule
{
    std::vector<std::string> verbs;
    std::vector<std::string> groups;
    std::vector<std::string> resources;
    std::vector<std::string> names;  ///< empty: all objects

    /// Whether the rule grants the verb on the resource type. Does not look at `names`.
    bool grants(std::string_view verb, std::string_view group, std::string_view plural) const;
};

struct rules_review
{
    std::vector<access_rule> rules;

    /// Whether rules may be missing, for example because a webhook authorizer cannot list its rules.
    bool is_incomplete = false;
};

/// Requests a SelfSubjectRulesReview of the rights that our account has in all namespaces. The API server
/// always reviews one namespace and includes the rights from its RoleBindings. The request names a namespace
/// that cannot exist, so no RoleBinding adds rights.
net::http_request rules_review_request();

/// Parses the answer to `rules_review_request`. \par Errors `errc::bad_answer`.
result<rules_review> parse_rules_review(std::string_view body);

}  // namespace tcr::kube
