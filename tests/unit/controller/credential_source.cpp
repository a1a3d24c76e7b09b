#include <tcr/controller/catalog.hpp>
#include <tcr/controller/credential_source.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace
{

using namespace tcr;
using namespace tcr::controller;
using namespace std::chrono_literals;

image_pull_secret sample()
{
    image_pull_secret cr;
    cr.name = "sample";
    cr.uid = "u1";
    cr.spec.server = "name.tencentcloudcr.com";
    cr.spec.username = "user";
    return cr;
}

credentials::stored_token token(std::string password, std::chrono::seconds after = 0s)
{
    credentials::stored_token kept;
    kept.of.instance.id = "tcr-x";
    kept.of.instance.region = "r";
    kept.token.username = "100012345678";
    kept.token.password = std::move(password);
    kept.minted_at = std::chrono::system_clock::time_point(1'735'880'400s + after);
    kept.token.expires_at = kept.minted_at + 1h;
    kept.servers = {"name.tencentcloudcr.com"};
    return kept;
}

/// A catalog that takes its credentials from Secrets as the controller's does.
struct fixture
{
    credentials::credential_secrets secrets{"own", {}, [] {}};
    catalog crs{[this](auto const& spec) { return find_login(spec, secrets); }};

    catalog_entry const& entry() { return *crs.find("sample"); }

    static image_pull_secret of_tcr()
    {
        auto cr = sample();
        cr.spec.username.clear();
        cr.spec.tcr.emplace();
        cr.spec.tcr->registry_id = "tcr-x";
        cr.spec.tcr->region = "r";
        return cr;
    }
};

BOOST_AUTO_TEST_CASE(a_password_that_stands_there_is_the_login)
{
    auto cr = sample();
    BOOST_TEST(literal_login(cr.spec).reason == "InvalidSpec");
    cr.spec.password = "p";
    auto const found = literal_login(cr.spec);
    BOOST_REQUIRE(found.found.has_value());
    BOOST_TEST(found.found->username == "user");
    BOOST_TEST(found.found->password == "p");
}

BOOST_FIXTURE_TEST_CASE(more_than_one_source_is_none, fixture)
{
    auto cr = of_tcr();
    secrets.put(token("a"));
    BOOST_TEST(find_login(cr.spec, secrets).found.has_value());
    cr.spec.password = "p";
    BOOST_TEST(find_login(cr.spec, secrets).reason == "InvalidSpec");
}

BOOST_FIXTURE_TEST_CASE(a_token_is_waited_for_and_then_followed, fixture)
{
    crs.put(of_tcr());
    BOOST_TEST(!entry().is_valid());
    BOOST_TEST(entry().credential_reason == "NoToken");
    BOOST_TEST(crs.refresh().empty());

    secrets.put(token("a"));
    BOOST_TEST(crs.refresh() == std::vector<std::string>{"sample"}, boost::test_tools::per_element());
    BOOST_TEST(entry().is_valid());
    BOOST_TEST(entry().credential->password == "a");
    BOOST_TEST(entry().credential_reason == "");
    auto const first = entry().secret.fingerprint;
    BOOST_TEST(
        entry().secret.create_body.find("tcr.tencentcloudcr.com/expires-at\":\"2025-01-03T06:00:00Z") !=
        std::string::npos
    );
    BOOST_TEST(crs.refresh().empty());

    secrets.put(token("b", 30min));
    BOOST_TEST(crs.refresh().size() == 1u);
    BOOST_TEST(entry().secret.fingerprint != first);
    // So that the Secrets that hold it count as out of date, not as changed by somebody.
    BOOST_TEST(entry().former_fingerprints.back() == first);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_found_takes_nothing_away, fixture)
{
    secrets.put(token("a"));
    crs.put(of_tcr());
    auto const first = entry().secret.fingerprint;
    credentials::token_reference const of{{"tcr-x", "r"}, registry::token_type::temp};
    secrets.set_version(of, 5);
    // Missing from a list, without a DELETED event: it stays in use, and is written again.
    secrets.begin_list();
    secrets.end_list(9);
    BOOST_TEST(crs.refresh().empty());
    BOOST_TEST(entry().credential_reason == "");
    // Another client deletes the token.
    kube::object_meta deleted;
    deleted.name = credentials::token_secret_name(of);
    deleted.resource_version = 10;
    secrets.begin_object();
    secrets.on_object(kube::object_event::deleted, deleted);
    BOOST_TEST(crs.refresh().size() == 1u);
    BOOST_TEST(entry().is_valid());
    BOOST_TEST(entry().secret.fingerprint == first);
    BOOST_TEST(entry().credential_reason == "NoToken");

    // The source is another, and is not there either: the server is the same.
    auto cr = sample();
    cr.spec.password_from.emplace().name = "absent";
    cr.generation = 2;
    crs.put(cr);
    BOOST_TEST(entry().credential->password == "a");
    BOOST_TEST(entry().credential_reason == "SecretNotFound");

    // Another server never gets it.
    cr.spec.server = "elsewhere.example.com";
    cr.generation = 3;
    crs.put(cr);
    BOOST_TEST(!entry().credential.has_value());
    BOOST_TEST(!entry().is_valid());
}

BOOST_FIXTURE_TEST_CASE(a_cr_made_anew_does_not_inherit, fixture)
{
    secrets.put(token("a"));
    crs.put(of_tcr());
    auto cr = sample();
    cr.uid = "u2";
    cr.spec.password_from.emplace().name = "absent";
    crs.put(cr);
    BOOST_TEST(!entry().credential.has_value());
}

}  // namespace
