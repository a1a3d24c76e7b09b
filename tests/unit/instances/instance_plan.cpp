// SPDX-License-Identifier: Apache-2.0
#include "instance_plan.hpp"

#include <boost/test/unit_test.hpp>

namespace instance_plan_test
{

using namespace tcr;
using namespace tcr::instances;
using kind = instance_action::kind;

credentials::instance_names names()
{
    credentials::instance_names reported;
    reported.public_domain = "name.tencentcloudcr.com";
    reported.vpc_domain = credentials::vpc_domain_of(reported.public_domain);
    reported.custom_domains = {"a.example.com", "b.example.com"};
    return reported;
}

instance sample(std::vector<std::string> domains)
{
    instance one;
    one.id.id = "tcr-dg284imq";
    one.id.region = "ap-guangzhou";
    one.domains = std::move(domains);
    one.spec.tcr.emplace();
    return one;
}

/// The writes for the wanted objects if all unlisted objects are removed.
std::vector<instance_action> plan(
    std::vector<controller::image_pull_secret> const& wanted,
    std::set<std::string> const& unknown,
    controller::catalog const& present
)
{
    return plan_instances(wanted, classify_managed(wanted, unknown, present).unlisted, present);
}

/// Each write as "action name".
std::vector<std::string> summary(std::vector<instance_action> const& actions)
{
    std::vector<std::string> words;
    for (auto const& each : actions)
    {
        static char const* const verbs[] = {"create ", "update ", "remove ", "report "};
        words.push_back(verbs[static_cast<int>(each.what)] + each.object.name);
    }
    return words;
}

/// The object as the API server stores it: with UID and version.
controller::image_pull_secret stored(controller::image_pull_secret object)
{
    object.uid = "u-" + object.name;
    object.resource_version = 7;
    return object;
}

BOOST_AUTO_TEST_CASE(the_names_are_those_of_the_original_add_on)
{
    auto const made = image_pull_secrets_of(sample({"public", "vpc", "custom"}), names());
    BOOST_REQUIRE(made.size() == 4u);
    BOOST_TEST(made[0].name == "tcr-dg284imq-public");
    BOOST_TEST(made[0].spec.server == "name.tencentcloudcr.com");
    BOOST_TEST(made[1].name == "tcr-dg284imq-vpc");
    BOOST_TEST(made[1].spec.server == "name-vpc.tencentcloudcr.com");
    BOOST_TEST(made[2].name == "tcr-dg284imq-a.example.com");
    BOOST_TEST(made[3].spec.server == "b.example.com");
    for (auto const& object : made)
    {
        BOOST_TEST(object.instance == "tcr-dg284imq");
        BOOST_REQUIRE(object.spec.tcr.has_value());
        BOOST_TEST(object.spec.tcr->region == "ap-guangzhou");
        BOOST_TEST(object.spec.username == "");
    }
}

BOOST_AUTO_TEST_CASE(an_explicit_server_yields_one_object_and_needs_no_query)
{
    BOOST_TEST(!needs_names(sample({"x.y:5000"})));
    BOOST_TEST(needs_names(sample({"x.y", "vpc"})));
    auto const made = image_pull_secrets_of(sample({"x.y:5000", "x.y:5000"}), {});
    BOOST_REQUIRE(made.size() == 1u);
    BOOST_TEST(made[0].name == "tcr-dg284imq-x.y-5000");
    BOOST_TEST(image_pull_secrets_of(sample({"x.y:5000/a/b"}), {})[0].name == "tcr-dg284imq-x.y-5000-a-b");
    BOOST_TEST(image_pull_secrets_of(sample({"public", "name.tencentcloudcr.com"}), names()).size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_vpc_domain_is_derived_from_the_public_one)
{
    BOOST_TEST(credentials::vpc_domain_of("a.b.c") == "a-vpc.b.c");
    BOOST_TEST(credentials::vpc_domain_of("abc") == "");
    BOOST_TEST(credentials::vpc_domain_of(".b") == "");
    BOOST_TEST(credentials::vpc_domain_of("") == "");
}

BOOST_AUTO_TEST_CASE(missing_objects_are_created_different_ones_updated_and_surplus_ones_removed)
{
    auto const wanted = image_pull_secrets_of(sample({"public", "vpc"}), names());
    controller::catalog present;
    BOOST_TEST(
        summary(plan(wanted, {}, present)) ==
            (std::vector<std::string>{"create tcr-dg284imq-public", "create tcr-dg284imq-vpc"}),
        boost::test_tools::per_element()
    );
    for (auto const& object : wanted)
        present.put(stored(object));
    BOOST_TEST(plan(wanted, {}, present).empty());

    auto edited = stored(wanted[0]);
    edited.spec.namespaces = "a";
    present.put(edited);
    BOOST_TEST(
        summary(plan(wanted, {}, present)) == std::vector<std::string>{"update tcr-dg284imq-public"},
        boost::test_tools::per_element()
    );

    auto const less = image_pull_secrets_of(sample({"public"}), names());
    auto const actions = plan(less, {}, present);
    BOOST_REQUIRE(actions.size() == 2u);
    BOOST_TEST((actions[1].what == kind::remove));
    BOOST_TEST(actions[1].object.name == "tcr-dg284imq-vpc");
    BOOST_TEST(actions[1].resource_version == 7u);
}

BOOST_AUTO_TEST_CASE(a_surplus_object_stays_until_its_removal_is_due)
{
    controller::catalog present;
    for (auto const& object : image_pull_secrets_of(sample({"public", "vpc"}), names()))
        present.put(stored(object));
    BOOST_TEST(plan_instances({}, {}, present).empty());
    auto const actions = plan_instances({}, {"tcr-dg284imq-vpc"}, present);
    BOOST_TEST(
        summary(actions) == std::vector<std::string>{"remove tcr-dg284imq-vpc"},
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(objects_of_users_are_never_changed)
{
    auto const wanted = image_pull_secrets_of(sample({"public"}), names());
    controller::catalog present;
    auto of_user = stored(wanted[0]);
    of_user.instance.clear();
    of_user.spec.namespaces = "their-own";
    present.put(of_user);
    auto other = stored(image_pull_secrets_of(sample({"x.y"}), {})[0]);
    other.instance.clear();
    present.put(other);
    BOOST_TEST(
        summary(plan(wanted, {}, present)) == std::vector<std::string>{"report tcr-dg284imq-public"},
        boost::test_tools::per_element()
    );
    BOOST_TEST(plan({}, {}, present).empty());
}

BOOST_AUTO_TEST_CASE(objects_of_an_unknown_instance_are_kept)
{
    controller::catalog present;
    for (auto const& object : image_pull_secrets_of(sample({"public", "vpc"}), names()))
        present.put(stored(object));
    BOOST_TEST(plan({}, {"tcr-dg284imq"}, present).empty());
    BOOST_TEST(plan({}, {"tcr-other"}, present).size() == 2u);
}

BOOST_AUTO_TEST_CASE(managed_objects_are_listed_unlisted_or_unknown)
{
    auto const of = [](std::string const& id, std::vector<std::string> domains)
    {
        auto one = sample(std::move(domains));
        one.id.id = id;
        return image_pull_secrets_of(one, names());
    };
    controller::catalog present;
    for (auto const& object : of("tcr-a", {"public", "vpc"}))
        present.put(stored(object));
    present.put(stored(of("tcr-b", {"public"})[0]));
    auto of_user = stored(of("tcr-c", {"public"})[0]);
    of_user.instance.clear();
    present.put(of_user);
    auto const made = classify_managed(of("tcr-a", {"public", "x.y"}), {"tcr-b"}, present);
    BOOST_TEST(made.listed == std::set<std::string>{"tcr-a-public"}, boost::test_tools::per_element());
    BOOST_TEST(made.unlisted == std::set<std::string>{"tcr-a-vpc"}, boost::test_tools::per_element());
    BOOST_TEST(made.unknown == std::set<std::string>{"tcr-b-public"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_configured_credential_is_copied_into_the_objects)
{
    auto one = sample({"public"});
    one.spec.tcr.reset();
    one.spec.username = "u";
    one.spec.password_from.emplace().name = "s";
    auto const object = image_pull_secrets_of(one, names())[0];
    BOOST_TEST(!object.spec.tcr.has_value());
    BOOST_TEST(object.spec.username == "u");
    BOOST_TEST(object.spec.password_from->name == "s");
}

}  // namespace instance_plan_test
