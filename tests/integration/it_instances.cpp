// ImagePullSecrets of a list of TCR instances.
#include "it_credential_kit.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(stage_owner);

namespace fs = std::filesystem;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(list_of_instances, long_lives)

BOOST_AUTO_TEST_CASE(its_imagepullsecrets_are_made_kept_and_removed_and_no_others)
{
    auto const file = plane.folder() / "instances.yaml";
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
    // People's own, one of them under a name that the list wants.
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

    // What is changed by hand is changed back.
    api.patch(image_pull_secrets, {}, "tcr-dg284imq-public", R"({"spec":{"serviceAccounts":"nobody"}})");
    BOOST_TEST(eventually(
        [&]
        {
            auto const cr = api.get(image_pull_secrets, {}, "tcr-dg284imq-public");
            return text_at(cr, {"spec", "serviceAccounts"}) == "*" ? verdict(true) : wrong("it stays");
        }
    ));
    // A file that is wrong changes nothing.
    write("instances: [{registryId: tcr-dg284imq}]");
    BOOST_TEST(eventually([&] { return controller.has_said("region: must be given", 0); }));
    BOOST_TEST(api.find(image_pull_secrets, {}, "tcr-dg284imq-vpc").has_value());
    // What is not in it any more goes.
    write(instance("public"));
    BOOST_TEST(eventually(
        [&] {
            return api.find(image_pull_secrets, {}, "tcr-dg284imq-vpc") ? wrong("it is there")
                                                                        : verdict(true);
        }
    ));
    BOOST_TEST(api.find(image_pull_secrets, {}, "tcr-dg284imq-public").has_value());
    write("instances: []");
    BOOST_TEST(eventually(
        [&] {
            return api.find(image_pull_secrets, {}, "tcr-dg284imq-public") ? wrong("it is there")
                                                                           : verdict(true);
        }
    ));
    BOOST_TEST(api.find(image_pull_secrets, {}, theirs.name).has_value());
}

BOOST_AUTO_TEST_CASE(an_api_that_does_not_answer_removes_nothing)
{
    auto const file = plane.folder() / "instances.yaml";
    std::ofstream(file) << "instances: [{registryId: tcr-dg284imq, region: ap-guangzhou, namespaces: none}]";
    start({"--instances-file=" + file.string()});
    auto const there = [&]
    {
        return api.find(image_pull_secrets, {}, "tcr-dg284imq-public") ? verdict(true)
                                                                       : wrong("it is not there");
    };
    BOOST_TEST(eventually(there));
    controller.stop();
    cloud.control("fail?code=UnauthorizedOperation");
    start({"--instances-file=" + file.string()});
    BOOST_TEST(eventually([&] { return controller.has_said("UnauthorizedOperation", 0); }));
    let_pass(a_while);
    BOOST_TEST(there());
    cloud.control("clear");
    controller.stop();
    std::ofstream(file) << "instances: []";
    start({"--instances-file=" + file.string()});
    BOOST_TEST(eventually([&] { return there() ? wrong("it is there") : verdict(true); }));
}

BOOST_AUTO_TEST_SUITE_END()
