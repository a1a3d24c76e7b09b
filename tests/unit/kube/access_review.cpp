// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/access_review.hpp>
#include <tcr/kube/errc.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace access_review_test
{

using namespace tcr;
using namespace tcr::kube;
using strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(access_reviews)

BOOST_AUTO_TEST_CASE(a_review_asks_about_one_verb_of_a_type)
{
    auto const request = access_review_request({"list", "", "secrets"});
    BOOST_TEST(request.method == "POST");
    BOOST_TEST(request.target == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
    BOOST_TEST(
        request.body == R"({"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview",)"
                        R"("spec":{"resourceAttributes":{"verb":"list","group":"","resource":"secrets"}}})"
    );
}

BOOST_AUTO_TEST_CASE(a_review_may_be_about_one_object)
{
    auto const request = access_review_request({"list", "", "secrets", "tcr.ipsx"});
    BOOST_TEST(request.body.find(R"("resource":"secrets","name":"tcr.ipsx"})") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_allowed_true_allows)
{
    BOOST_TEST(parse_access_review(R"({"status":{"allowed":true,"reason":"RBAC"}})").value());
    BOOST_TEST(!parse_access_review(R"({"status":{"allowed":false,"denied":true}})").value());
    BOOST_TEST(!parse_access_review(R"({"status":{}})").value());
    BOOST_TEST(!parse_access_review(R"({"status":{"allowed":"true"}})").value());
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_status_is_an_error)
{
    for (auto const* body : {"", "{}", "[]", "not JSON", R"({"status":"Failure"})"})
    {
        BOOST_TEST((parse_access_review(body).error().code == errc::bad_answer), body);
        BOOST_TEST((parse_rules_review(body).error().code == errc::bad_answer), body);
    }
}

BOOST_AUTO_TEST_CASE(rules_are_those_of_a_namespace_that_cannot_exist)
{
    auto const request = rules_review_request();
    BOOST_TEST(request.target == "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews");
    BOOST_TEST(request.body.find(R"("spec":{"namespace":"NONE"})") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rules_are_read)
{
    // An answer of kube-apiserver 1.36.
    auto const review = parse_rules_review(R"({"kind":"SelfSubjectRulesReview","spec":{},"status":{
        "incomplete":false,"nonResourceRules":[{"verbs":["get"],"nonResourceURLs":["/api"]}],"resourceRules":[
        {"verbs":["create"],"apiGroups":["authorization.k8s.io"],"resources":["selfsubjectaccessreviews"]},
        {"verbs":["get","list"],"apiGroups":[""],"resources":["secrets"],"resourceNames":["a","b"]}]}})");
    BOOST_TEST_REQUIRE(review.has_value());
    BOOST_TEST(!review->is_incomplete);
    BOOST_TEST_REQUIRE(review->rules.size() == 2u);
    BOOST_TEST(review->rules[0].names.empty());
    BOOST_TEST(review->rules[1].names == (strings{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(review->rules[1].grants("list", "", "secrets"));
    BOOST_TEST(!review->rules[1].grants("watch", "", "secrets"));
    BOOST_TEST(!review->rules[1].grants("list", "", "configmaps"));
    BOOST_TEST(!review->rules[1].grants("list", "apps", "secrets"));
    BOOST_TEST(parse_rules_review(R"({"status":{"incomplete":true}})")->is_incomplete);
}

BOOST_AUTO_TEST_CASE(a_star_grants_all)
{
    access_rule const all{{"*"}, {"*"}, {"*"}, {}};
    BOOST_TEST(all.grants("delete", "", "secrets"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace access_review_test
