#include <tcr/commands/namespace_facts.hpp>

#include <boost/test/unit_test.hpp>

namespace namespace_facts_test
{

using namespace tcr::commands;

std::string pod_text(std::string const& spec, std::string const& status)
{
    return R"({"metadata":{"name":"p","namespace":"n","resourceVersion":"3"},"spec":{)" + spec +
           R"(},"status":{)" + status + "}}";
}

BOOST_AUTO_TEST_SUITE(facts_about_pods)

BOOST_AUTO_TEST_CASE(containers_of_all_kinds_are_read)
{
    auto const pod = parse_pod(pod_text(
        R"("serviceAccountName":"builder","imagePullSecrets":[{"name":"a"},{"name":"b"}],)"
        R"("initContainers":[{"name":"i","image":"x/i"}],"containers":[{"name":"c","image":"x/c"}],)"
        R"("ephemeralContainers":[{"name":"e","image":"x/e"}])",
        R"("phase":"Running")"
    ));
    BOOST_TEST_REQUIRE(pod.has_value());
    BOOST_TEST(pod->name == "p");
    BOOST_TEST(pod->account == "builder");
    BOOST_TEST(pod->references == (std::vector<std::string>{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST_REQUIRE(pod->containers.size() == 3u);
    BOOST_TEST(pod->containers[0].image == "x/i");
    BOOST_TEST(pod->containers[1].image == "x/c");
    BOOST_TEST(pod->containers[2].image == "x/e");
    BOOST_TEST(!pod->has_ended);
}

BOOST_AUTO_TEST_CASE(a_waiting_container_has_its_reason)
{
    auto const pod = parse_pod(pod_text(
        R"("containers":[{"name":"a","image":"x/a"},{"name":"b","image":"x/b"}])",
        R"("containerStatuses":[{"name":"b","state":{"waiting":{"reason":"ErrImagePull","message":"401\n"}}},)"
        R"({"name":"a","state":{"running":{}}}])"
    ));
    BOOST_TEST_REQUIRE(pod.has_value());
    BOOST_TEST(pod->account == "default");
    BOOST_TEST(pod->containers[0].reason == "");
    BOOST_TEST(pod->containers[1].reason == "ErrImagePull");
    BOOST_TEST(pod->containers[1].message.starts_with("401"));
}

BOOST_AUTO_TEST_CASE(a_pod_that_ended_is_known)
{
    BOOST_TEST(parse_pod(pod_text("", R"("phase":"Succeeded")"))->has_ended);
    BOOST_TEST(parse_pod(pod_text("", R"("phase":"Failed")"))->has_ended);
}

BOOST_AUTO_TEST_CASE(what_is_no_pod_is_an_error)
{
    for (auto const* text : {"", "{", "[]", "{}", R"({"metadata":{"name":"p"}})"})
        BOOST_TEST(!parse_pod(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_pod_with_an_unreadable_value_is_an_error_that_names_it)
{
    auto const pod =
        parse_pod(pod_text(R"("imagePullSecrets":[{"name":")" + std::string(10'000, 'n') + "\"}]", ""));
    BOOST_TEST_REQUIRE(pod.has_error());
    BOOST_TEST(pod.error().detail.find("imagePullSecrets") != std::string::npos, pod.error().detail);
}

BOOST_AUTO_TEST_CASE(a_container_without_a_status_is_waiting)
{
    auto const pod = parse_pod(pod_text(
        R"("containers":[{"name":"a","image":"x/a"},{"name":"b","image":"x/b"},{"name":"c","image":"x/c"}])",
        R"("containerStatuses":[{"name":"a","state":{"running":{}}},)"
        R"({"name":"b","state":{"waiting":{"reason":"ErrImagePull"}}}])"
    ));
    BOOST_TEST_REQUIRE(pod.has_value());
    BOOST_TEST(!pod->containers[0].is_waiting());
    BOOST_TEST(pod->containers[1].is_waiting());
    BOOST_TEST(pod->containers[2].is_waiting());
}

BOOST_AUTO_TEST_CASE(secrets_of_pods_that_can_exist_are_read)
{
    namespace_facts facts;
    facts.pods = {{.name = "p", .references = {"known", "b", "", "../../nodes", "UPPER"}}};
    facts.pod = pod_facts{.name = "q", .references = {"a", "b"}};
    BOOST_TEST(
        secrets_of_pods(facts, {"known"}) == (std::set<std::string>{"a", "b"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(facts.unchecked_secrets.empty());
}

BOOST_AUTO_TEST_CASE(a_limited_number_of_secrets_of_pods_is_read)
{
    namespace_facts facts;
    auto& pod = facts.pods.emplace_back();
    for (std::size_t i = 0; i <= max_secrets_of_pods; ++i)
        pod.references.push_back("s" + std::to_string(i));
    pod.references.push_back("s0");
    BOOST_TEST(secrets_of_pods(facts, {}).size() == max_secrets_of_pods);
    BOOST_TEST_REQUIRE(facts.unchecked_secrets.size() == 1u);
    BOOST_TEST(facts.unchecked_secrets.begin()->first == "s50");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace namespace_facts_test
