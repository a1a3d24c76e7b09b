#include <tcr/instances/instance_plan.hpp>

#include <boost/test/unit_test.hpp>

namespace
{

using namespace tcr;
using namespace tcr::instances;
using kind = instance_action::kind;

credentials::instance_names names()
{
    credentials::instance_names told;
    told.public_domain = "name.tencentcloudcr.com";
    told.vpc_domain = credentials::vpc_domain_of(told.public_domain);
    told.custom_domains = {"a.example.com", "b.example.com"};
    return told;
}

instance sample(std::vector<std::string> domains)
{
    instance one;
    one.id.id = "tcr-dg284imq";
    one.id.region = "ap-guangzhou";
    one.domains = std::move(domains);
    return one;
}

/// "action name" of each.
std::vector<std::string> told(std::vector<instance_action> const& actions)
{
    std::vector<std::string> words;
    for (auto const& each : actions)
    {
        static char const* const verbs[] = {"create ", "update ", "remove ", "report "};
        words.push_back(verbs[static_cast<int>(each.what)] + each.cr.name);
    }
    return words;
}

/// As the cluster has it.
controller::image_pull_secret stored(controller::image_pull_secret cr)
{
    cr.uid = "u-" + cr.name;
    cr.resource_version = 7;
    return cr;
}

BOOST_AUTO_TEST_CASE(the_names_are_those_of_the_original_add_on)
{
    auto const crs = crs_of(sample({"public", "vpc", "custom"}), names());
    BOOST_REQUIRE(crs.size() == 4u);
    BOOST_TEST(crs[0].name == "tcr-dg284imq-public");
    BOOST_TEST(crs[0].spec.server == "name.tencentcloudcr.com");
    BOOST_TEST(crs[1].name == "tcr-dg284imq-vpc");
    BOOST_TEST(crs[1].spec.server == "name-vpc.tencentcloudcr.com");
    BOOST_TEST(crs[2].name == "tcr-dg284imq-a.example.com");
    BOOST_TEST(crs[3].spec.server == "b.example.com");
    for (auto const& cr : crs)
    {
        BOOST_TEST(cr.instance == "tcr-dg284imq");
        BOOST_REQUIRE(cr.spec.tcr.has_value());
        BOOST_TEST(cr.spec.tcr->region == "ap-guangzhou");
        BOOST_TEST(cr.spec.username == "");
    }
}

BOOST_AUTO_TEST_CASE(a_server_is_served_once_and_needs_no_asking)
{
    BOOST_TEST(!needs_names(sample({"x.y:5000"})));
    BOOST_TEST(needs_names(sample({"x.y", "vpc"})));
    auto const crs = crs_of(sample({"x.y:5000", "x.y:5000"}), {});
    BOOST_REQUIRE(crs.size() == 1u);
    BOOST_TEST(crs[0].name == "tcr-dg284imq-x.y-5000");
    BOOST_TEST(crs_of(sample({"public", "name.tencentcloudcr.com"}), names()).size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_vpc_domain_is_made_of_the_public_one)
{
    BOOST_TEST(credentials::vpc_domain_of("a.b.c") == "a-vpc.b.c");
    BOOST_TEST(credentials::vpc_domain_of("abc") == "");
    BOOST_TEST(credentials::vpc_domain_of(".b") == "");
    BOOST_TEST(credentials::vpc_domain_of("") == "");
}

BOOST_AUTO_TEST_CASE(what_lacks_is_made_what_differs_is_changed_and_what_is_too_much_removed)
{
    auto const wanted = crs_of(sample({"public", "vpc"}), names());
    controller::catalog present;
    BOOST_TEST(
        told(plan_instances(wanted, {}, present)) ==
            (std::vector<std::string>{"create tcr-dg284imq-public", "create tcr-dg284imq-vpc"}),
        boost::test_tools::per_element()
    );
    for (auto const& cr : wanted)
        present.put(stored(cr));
    BOOST_TEST(plan_instances(wanted, {}, present).empty());

    auto edited = stored(wanted[0]);
    edited.spec.namespaces = "a";
    present.put(edited);
    BOOST_TEST(
        told(plan_instances(wanted, {}, present)) == std::vector<std::string>{"update tcr-dg284imq-public"},
        boost::test_tools::per_element()
    );

    auto const less = crs_of(sample({"public"}), names());
    auto const actions = plan_instances(less, {}, present);
    BOOST_REQUIRE(actions.size() == 2u);
    BOOST_TEST((actions[1].what == kind::remove));
    BOOST_TEST(actions[1].cr.name == "tcr-dg284imq-vpc");
    BOOST_TEST(actions[1].resource_version == 7u);
}

BOOST_AUTO_TEST_CASE(what_people_made_is_never_touched)
{
    auto const wanted = crs_of(sample({"public"}), names());
    controller::catalog present;
    auto theirs = stored(wanted[0]);
    theirs.instance.clear();
    theirs.spec.namespaces = "their-own";
    present.put(theirs);
    auto other = stored(crs_of(sample({"x.y"}), {})[0]);
    other.instance.clear();
    present.put(other);
    BOOST_TEST(
        told(plan_instances(wanted, {}, present)) == std::vector<std::string>{"report tcr-dg284imq-public"},
        boost::test_tools::per_element()
    );
    BOOST_TEST(plan_instances({}, {}, present).empty());
}

BOOST_AUTO_TEST_CASE(an_instance_the_api_does_not_tell_of_loses_nothing)
{
    controller::catalog present;
    for (auto const& cr : crs_of(sample({"public", "vpc"}), names()))
        present.put(stored(cr));
    BOOST_TEST(plan_instances({}, {"tcr-dg284imq"}, present).empty());
    BOOST_TEST(plan_instances({}, {"tcr-other"}, present).size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_was_made_from_the_list_is_listed_unlisted_or_unknown)
{
    auto const of = [](std::string const& id, std::vector<std::string> domains)
    {
        auto one = sample(std::move(domains));
        one.id.id = id;
        return crs_of(one, names());
    };
    controller::catalog present;
    for (auto const& cr : of("tcr-a", {"public", "vpc"}))
        present.put(stored(cr));
    present.put(stored(of("tcr-b", {"public"})[0]));
    auto theirs = stored(of("tcr-c", {"public"})[0]);
    theirs.instance.clear();
    present.put(theirs);
    auto const made = made_from(of("tcr-a", {"public", "x.y"}), {"tcr-b"}, present);
    BOOST_TEST(made.listed == std::set<std::string>{"tcr-a-public"}, boost::test_tools::per_element());
    BOOST_TEST(made.unlisted == std::set<std::string>{"tcr-a-vpc"}, boost::test_tools::per_element());
    BOOST_TEST(made.unknown == std::set<std::string>{"tcr-b-public"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_credential_that_is_configured_goes_into_the_objects)
{
    auto one = sample({"public"});
    one.credential = credential_kind::secret_ref;
    one.username = "u";
    one.password_from.emplace().name = "s";
    auto const cr = crs_of(one, names())[0];
    BOOST_TEST(!cr.spec.tcr.has_value());
    BOOST_TEST(cr.spec.username == "u");
    BOOST_TEST(cr.spec.password_from->name == "s");
}

}  // namespace
