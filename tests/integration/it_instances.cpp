// SPDX-License-Identifier: Apache-2.0

// The controller makes ImagePullSecrets from a list of TCR instances.
#include "it_credential_helpers.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

namespace fs = std::filesystem;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(list_of_instances, long_token_lives)

BOOST_AUTO_TEST_CASE(image_pull_secrets_of_the_list_are_created_repaired_and_removed)
{
    auto const file = control_plane.folder() / "instances.yaml";
    auto const write = [&](std::string const& text)
    {
        std::ofstream(file.string() + ".new") << text;
        fs::rename(file.string() + ".new", file);
    };
    auto const ns = make_namespace();
    auto const instance = [&](std::string const& domains)
    {
        return "instances: [{registryId: tcr-dg284imq, region: ap-guangzhou, domains: [" + domains +
               "], namespaces: " + ns + "}]\n";
    };
    // A user has an ImagePullSecret with a name that the list requires, too.
    auto theirs = make({"tcr-theirs-public", ns});
    write(
        instance("public, vpc") +
        "global: {imagePullSecretsCrs: [{name: tcr-theirs-public, namespaces: other, dockerUsername: u, "
        "dockerPassword: values.own.password, dockerServer: x.y}]}"
    );
    remember_secret("values.own.password");
    start({"--instances-file=" + file.string()});
    BOOST_TEST(eventually([&] { return has_last_token(ns, "tcr-dg284imq-public"); }));
    BOOST_TEST(eventually([&]
                          { return has_last_token(ns, "tcr-dg284imq-vpc", "demo-vpc.tencentcloudcr.com"); }));
    BOOST_TEST(cloud.minted() == 1u);
    BOOST_TEST(text_at(api.get(image_pull_secrets, {}, theirs.name), {"spec", "namespaces"}) == ns);
    BOOST_TEST(controller.log().find("tcr-theirs-public") != std::string::npos);

    // The controller reverts manual changes.
    api.patch(image_pull_secrets, {}, "tcr-dg284imq-public", R"({"spec":{"serviceAccounts":"edited"}})");
    BOOST_TEST(eventually(
        [&]
        {
            auto const cr = api.get(image_pull_secrets, {}, "tcr-dg284imq-public");
            return text_at(cr, {"spec", "serviceAccounts"}) == "*"
                       ? verdict(true)
                       : wrong("serviceAccounts was not reverted");
        }
    ));
    // The controller ignores an invalid file.
    write("instances: [{registryId: tcr-dg284imq}]");
    BOOST_TEST(eventually([&] { return controller.has_logged("region: is required", 0); }));
    BOOST_TEST(api.find(image_pull_secrets, {}, "tcr-dg284imq-vpc").has_value());
    // The controller removes ImagePullSecrets that are no longer in the list.
    write(instance("public"));
    BOOST_TEST(eventually(
        [&]
        {
            return api.find(image_pull_secrets, {}, "tcr-dg284imq-vpc")
                       ? wrong("the ImagePullSecret still exists")
                       : verdict(true);
        }
    ));
    BOOST_TEST(api.find(image_pull_secrets, {}, "tcr-dg284imq-public").has_value());
    write("instances: []");
    BOOST_TEST(eventually(
        [&]
        {
            return api.find(image_pull_secrets, {}, "tcr-dg284imq-public")
                       ? wrong("the ImagePullSecret still exists")
                       : verdict(true);
        }
    ));
    BOOST_TEST(api.find(image_pull_secrets, {}, theirs.name).has_value());
}

BOOST_AUTO_TEST_CASE(failing_api_removes_nothing)
{
    auto const file = control_plane.folder() / "instances.yaml";
    std::ofstream(file) << "instances: [{registryId: tcr-dg284imq, region: ap-guangzhou, namespaces: none}]";
    start({"--instances-file=" + file.string()});
    auto const there = [&]
    {
        return api.find(image_pull_secrets, {}, "tcr-dg284imq-public")
                   ? verdict(true)
                   : wrong("the ImagePullSecret is missing");
    };
    BOOST_TEST(eventually(there));
    controller.stop();
    cloud.control("fail?code=UnauthorizedOperation");
    start({"--instances-file=" + file.string()});
    BOOST_TEST(eventually([&] { return controller.has_logged("UnauthorizedOperation", 0); }));
    let_pass(a_while);
    BOOST_TEST(there());
    cloud.control("clear");
    controller.stop();
    std::ofstream(file) << "instances: []";
    start({"--instances-file=" + file.string()});
    BOOST_TEST(eventually([&] { return there() ? wrong("the ImagePullSecret still exists") : verdict(true); })
    );
}

BOOST_AUTO_TEST_CASE(empty_or_much_shorter_list_removes_nothing_at_once)
{
    auto const file = control_plane.folder() / "instances.yaml";
    auto const write = [&](std::string const& text)
    {
        std::ofstream(file.string() + ".new") << text;
        fs::rename(file.string() + ".new", file);
    };
    std::vector<std::string> const names{"tcr-a-a.example.com", "tcr-b-b.example.com", "tcr-c-c.example.com"};
    std::string whole = "instances:\n";
    for (std::string const letter : {"a", "b", "c"})
        whole += "- {registryId: tcr-" + letter + ", region: ap-guangzhou, domains: [" + letter +
                 ".example.com], namespaces: none, credential: {type: static, username: u, password: "
                 "list.own.password}}\n";
    remember_secret("list.own.password");
    auto const there = [&]
    {
        for (auto const& name : names)
            if (!api.find(image_pull_secrets, {}, name))
                return wrong(name + " is missing");
        return verdict(true);
    };
    auto const have_event = [&](std::string const& event)
    {
        for (auto const& name : names)
            if (auto const found = has_event(name, event); !found)
                return found;
        return verdict(true);
    };
    auto const pending = [&](int count)
    {
        auto const line = "\ntcr_assistant_removals_pending " + std::to_string(count) + "\n";
        return controller.metrics().body.find(line) != std::string::npos
                   ? verdict(true)
                   : wrong("the metric has another value");
    };
    write(whole);
    start({"--instances-file=" + file.string(), "--removal-delay=1h"});
    BOOST_TEST(eventually(there));

    // The controller refuses an empty file. It notices the changed file within 12 s.
    std::pair<std::string, std::string> const refused[] = {
        {"", "line 1: is empty"},
        {",\n", "line 1: is not YAML: no value begins with this character"},
        {"---\n# made by ops\n---\n" + whole, "line 3: a second document"},
        {"instances:\n", "line 1, instances: has no value"},
    };
    for (auto const& [text, reason] : refused)
    {
        write(text);
        BOOST_TEST(eventually([&] { return controller.has_logged(reason, 0); }), reason);
        BOOST_TEST(there());
    }

    // The controller announces the removal because of an empty list. Then the old list is restored.
    write("instances: []\n");
    BOOST_TEST(eventually([&] { return have_event("Warning RemovalPending"); }));
    BOOST_TEST(pending(3));
    BOOST_TEST(
        controller.has_logged("most ImagePullSecrets of the list of instances are about to be removed", 0)
    );
    BOOST_TEST(there());
    write(whole);
    BOOST_TEST(eventually([&] { return have_event("Normal RemovalCancelled"); }));
    BOOST_TEST(pending(0));
    BOOST_TEST(there());

    // This time the list stays empty, so the removal happens after the delay.
    controller.stop();
    start({"--instances-file=" + file.string(), "--removal-delay=10s"});
    write("instances: []\n");
    BOOST_TEST(eventually([&] { return pending(3); }));
    BOOST_TEST(there());
    BOOST_TEST(eventually(
        [&]
        {
            for (auto const& name : names)
                if (api.find(image_pull_secrets, {}, name))
                    return wrong(name + " still exists");
            return verdict(true);
        }
    ));
    BOOST_TEST(eventually([&] { return pending(0); }));
}

BOOST_AUTO_TEST_SUITE_END()
