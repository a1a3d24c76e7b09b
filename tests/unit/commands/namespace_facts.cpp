// SPDX-License-Identifier: Apache-2.0
#include "controller/api_server.hpp"
#include "memory_log.hpp"
#include <tcr/commands/namespace_facts.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <utility>

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
    BOOST_TEST_REQUIRE(pod->images.size() == 3u);
    BOOST_TEST(pod->images[0].image == "x/i");
    BOOST_TEST(pod->images[1].image == "x/c");
    BOOST_TEST(pod->images[2].image == "x/e");
    BOOST_TEST(!pod->has_ended);
}

BOOST_AUTO_TEST_CASE(image_volumes_are_images)
{
    std::string const spec =
        R"("containers":[{"name":"data","image":"x/c"}],"volumes":[{"name":"empty","emptyDir":{}},)"
        R"({"name":"data","image":{"reference":"x/v:1","pullPolicy":"Always"}},{"image":{},"name":"none"}])";
    auto const pod = parse_pod(pod_text(spec, ""));
    BOOST_TEST_REQUIRE(pod.has_value());
    BOOST_TEST_REQUIRE(pod->images.size() == 2u);
    auto const& volume = pod->images[1];
    BOOST_TEST(volume.user == "data");
    BOOST_TEST(volume.image == "x/v:1");
    BOOST_TEST(volume.is_volume);
    BOOST_TEST(volume.is_waiting());
    BOOST_TEST(!pod->images[0].is_volume);

    auto const running =
        parse_pod(pod_text(spec, R"("containerStatuses":[{"name":"data","state":{"running":{}}}])"));
    BOOST_TEST(!running->images[1].is_waiting());
}

BOOST_AUTO_TEST_CASE(a_failed_pull_of_an_image_volume_is_a_failure_of_that_image)
{
    auto const pod = parse_pod(pod_text(
        R"("containers":[{"name":"c","image":"x/c"}],"volumes":[{"name":"v","image":{"reference":"x/v"}}])",
        R"("containerStatuses":[{"name":"c","state":{"waiting":)"
        R"({"reason":"ImagePullBackOff","message":"Back-off pulling image \"x/v\""}}}])"
    ));
    BOOST_TEST_REQUIRE(pod.has_value());
    BOOST_TEST_REQUIRE(pod->images.size() == 2u);
    BOOST_TEST(pod->images[0].reason == "");
    BOOST_TEST(pod->images[0].is_waiting());
    BOOST_TEST(pod->images[1].reason == "ImagePullBackOff");
    BOOST_TEST(pod->images[1].is_waiting());
}

BOOST_AUTO_TEST_CASE(a_waiting_container_has_its_reason)
{
    auto const pod = parse_pod(pod_text(
        R"("containers":[{"name":"a","image":"x/a"},{"name":"b","image":"x/b"}])",
        R"("containerStatuses":[{"name":"b","state":{"waiting":{"reason":"ErrImagePull",)"
        R"("message":"401\n"}}},)"
        R"({"name":"a","state":{"running":{}}}])"
    ));
    BOOST_TEST_REQUIRE(pod.has_value());
    BOOST_TEST(pod->account == "default");
    BOOST_TEST(pod->images[0].reason == "");
    BOOST_TEST(pod->images[1].reason == "ErrImagePull");
    BOOST_TEST(pod->images[1].message.starts_with("401"));
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
    BOOST_TEST(!pod->images[0].is_waiting());
    BOOST_TEST(pod->images[1].is_waiting());
    BOOST_TEST(pod->images[2].is_waiting());
}

BOOST_AUTO_TEST_CASE(referenced_secrets_that_can_exist_are_read)
{
    namespace_facts facts;
    facts.accounts["default"].references = {"of-the-account"};
    facts.accounts["other"].references = {"of-another"};
    facts.pods = {{.name = "p", .references = {"known", "b", "", "../../nodes", "UPPER"}}};
    facts.pod = pod_facts{.name = "q", .references = {"a", "b"}};
    BOOST_TEST(
        referenced_secrets(facts, "default", {"known"}) ==
            (std::set<std::string>{"a", "b", "of-the-account"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(facts.unchecked_secrets.empty());
}

BOOST_AUTO_TEST_CASE(a_limited_number_of_referenced_secrets_is_read)
{
    namespace_facts facts;
    auto& pod = facts.pods.emplace_back();
    for (std::size_t i = 0; i <= max_referenced_secrets; ++i)
        pod.references.push_back("s" + std::to_string(i));
    pod.references.push_back("s0");
    BOOST_TEST(referenced_secrets(facts, "default", {}).size() == max_referenced_secrets);
    BOOST_TEST_REQUIRE(facts.unchecked_secrets.size() == 1u);
    BOOST_TEST(facts.unchecked_secrets.begin()->first == "s50");
}

BOOST_AUTO_TEST_SUITE_END()

/// The JSON of a Secret with one value.
std::string secret_text(std::string const& type, std::string const& key, std::string const& value)
{
    return R"({"metadata":{"name":"s","namespace":"n","resourceVersion":"3"},"type":")" + type +
           R"(","data":{")" + key + R"(":")" + tcr::base64_encode(value) + "\"}}";
}

BOOST_AUTO_TEST_SUITE(facts_about_secrets)

BOOST_AUTO_TEST_CASE(both_types_of_pull_secrets_have_logins)
{
    auto const modern = parse_secret(secret_text(
        "kubernetes.io/dockerconfigjson",
        ".dockerconfigjson",
        R"({"auths":{"r.example.com":{"username":"u","password":"unspeakable"},"empty":{}}})"
    ));
    BOOST_TEST_REQUIRE(modern.has_value());
    BOOST_TEST_REQUIRE(modern->logins.size() == 2u);
    BOOST_TEST(modern->logins[0].key == "r.example.com");
    BOOST_TEST(!modern->logins[0].is_empty);
    BOOST_TEST(modern->logins[1].is_empty);
    BOOST_TEST(modern->ignored_type == "");

    auto const legacy = parse_secret(
        secret_text("kubernetes.io/dockercfg", ".dockercfg", R"({"r.example.com":{"auth":"dTpw"}})")
    );
    BOOST_TEST_REQUIRE(legacy.has_value());
    BOOST_TEST((legacy->owner == tcr::controller::ownership::foreign));
    BOOST_TEST_REQUIRE(legacy->logins.size() == 1u);
    BOOST_TEST(legacy->logins[0].key == "r.example.com");
}

BOOST_AUTO_TEST_CASE(secrets_of_other_types_have_no_logins_for_kubelet)
{
    auto const secret = parse_secret(secret_text("Opaque", ".dockerconfigjson", R"({"auths":{"r":{}}})"));
    BOOST_TEST_REQUIRE(secret.has_value());
    BOOST_TEST(secret->ignored_type == "Opaque");
    BOOST_TEST(secret->logins.empty());
}

BOOST_AUTO_TEST_CASE(a_secret_that_kubelet_cannot_parse_has_a_problem)
{
    auto const secret = parse_secret(secret_text(
        "kubernetes.io/dockerconfigjson", ".dockerconfigjson", R"({"auths":{"r":{"auth":"unspeakable"}}})"
    ));
    BOOST_TEST_REQUIRE(secret.has_value());
    BOOST_TEST(secret->problem.starts_with("the login for \"r\" has a value of auth"), secret->problem);
    BOOST_TEST(secret->logins.empty());
    // Kubelet ignores an empty value.
    BOOST_TEST(
        parse_secret(secret_text("kubernetes.io/dockerconfigjson", ".dockerconfigjson", ""))->problem == ""
    );
}

BOOST_AUTO_TEST_CASE(what_is_no_secret_is_an_error)
{
    for (auto const* text : {"", "{", "[]", "{}"})
        BOOST_TEST(!parse_secret(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(facts_about_a_namespace)

/// Reads namespace "a" from the server.
namespace_facts facts_from(tcr::test::api_server& server, boost::asio::io_context& loop)
{
    auto const client = server.make_client();
    tcr::task_group parts(loop.get_executor());
    parts.spawn(server.run());
    namespace_facts facts;
    auto read = [&]() -> tcr::task<void>
    {
        std::string const ns = "a";
        explained_objects const what;
        tcr::controller::catalog const none;
        auto done = co_await read_namespace(*client, ns, what, &none);
        BOOST_TEST_REQUIRE(done.has_value(), (done ? "" : done.error().message()));
        facts = std::move(*done);
    };
    boost::asio::co_spawn(
        loop,
        read(),
        [&](std::exception_ptr failure)
        {
            BOOST_TEST((failure == nullptr));
            parts.cancel();
        }
    );
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (parts.size() > 0 && std::chrono::steady_clock::now() < deadline)
    {
        loop.restart();
        loop.run_for(std::chrono::milliseconds(5));
    }
    BOOST_TEST_REQUIRE(parts.size() == 0u);
    return facts;
}

BOOST_AUTO_TEST_CASE(a_long_list_of_references_is_read_whole)
{
    constexpr int count = 200;
    std::string references;
    for (int i = 0; i < count; ++i)
        references += std::string(i == 0 ? "" : ",") + R"({"name":"a-secret-of-another-client-)" +
                      std::to_string(i) + "\"}";
    boost::asio::io_context loop{1};
    tcr::test::memory_log log;
    tcr::test::api_server server(loop, log.log);
    server.answers["/api/v1/namespaces/a"] =
        R"({"kind":"Namespace","metadata":{"name":"a","uid":"u1","resourceVersion":"5"}})";
    server.answers["/api/v1/namespaces/a/serviceaccounts"] =
        R"({"kind":"List","metadata":{"resourceVersion":"10"},"items":[{"metadata":{"name":"builder",)"
        R"("namespace":"a","resourceVersion":"7"},"imagePullSecrets":[)" +
        references + "]}]}";
    auto const facts = facts_from(server, loop);
    BOOST_TEST_REQUIRE(facts.accounts.contains("builder"));
    BOOST_TEST(facts.accounts.at("builder").references.size() == std::size_t(count));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace namespace_facts_test
