// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/catalog.hpp>
#include <tcr/controller/credential_source.hpp>
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace credential_source_test
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
    credentials::stored_token made;
    made.of.instance.id = "tcr-x";
    made.of.instance.region = "r";
    made.token.username = "100012345678";
    made.token.password = std::move(password);
    made.minted_at = std::chrono::system_clock::time_point(1'735'880'400s + after);
    made.token.expires_at = made.minted_at + 1h;
    made.servers = {"name.tencentcloudcr.com"};
    return made;
}

/// A catalog that takes its credentials from Secrets, like the controller's catalog.
struct fixture
{
    credentials::credential_secrets secrets{"own", {}, [] {}};
    unsigned version = 0;
    catalog entries{[this](auto const& spec) { return find_credential(spec, secrets); }};

    catalog_entry const& entry() { return *entries.find("sample"); }

    /// Delivers a Secret with a dockerconfigjson, like the watch.
    void put_config(std::string const& config)
    {
        kube::single_object_decoder decoder(secrets, kube::object_event::modified);
        decoder.begin();
        BOOST_REQUIRE(!decoder.on_body(
            R"({"metadata":{"name":"config","namespace":"own","uid":"u","resourceVersion":")" +
            std::to_string(++version) + R"(","labels":{"tcr.tencentcloudcr.com/credential":"true"}},)" +
            R"("type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":")" +
            base64_encode(config) + "\"}}"
        ));
    }

    static image_pull_secret of_config()
    {
        auto cr = sample();
        cr.spec.server.clear();
        cr.spec.username.clear();
        cr.spec.config_from.emplace().name = "config";
        return cr;
    }

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

BOOST_AUTO_TEST_CASE(a_password_in_the_spec_is_the_login)
{
    auto cr = sample();
    BOOST_TEST(literal_credential(cr.spec).reason == "InvalidSpec");
    cr.spec.password = "p";
    auto const found = literal_credential(cr.spec);
    BOOST_REQUIRE(found.found.has_value());
    credentials::login const expected{"name.tencentcloudcr.com", "user", "p"};
    BOOST_TEST((found.found->logins == std::vector{expected}));
    // A YAML block scalar adds a line break.
    cr.spec.password = "p\n";
    BOOST_TEST((literal_credential(cr.spec) == found));
    cr.spec.password = "\n";
    BOOST_TEST(literal_credential(cr.spec).reason == "InvalidSpec");
    cr.spec.password = R"({"auths":{"x.y":{"auth":"aHVudGVyMjI="}}})";
    auto const refused = literal_credential(cr.spec);
    BOOST_TEST(refused.reason == "NotAPassword");
    BOOST_TEST(!refused.found.has_value());
    BOOST_TEST(refused.message.find("aHVu") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(several_sources_are_invalid, fixture)
{
    auto cr = of_tcr();
    secrets.put(token("a"));
    BOOST_TEST(find_credential(cr.spec, secrets).found.has_value());
    cr.spec.password = "p";
    BOOST_TEST(find_credential(cr.spec, secrets).reason == "InvalidSpec");
    cr.spec.password.clear();
    cr.spec.config_from.emplace().name = "config";
    BOOST_TEST(find_credential(cr.spec, secrets).reason == "InvalidSpec");
    cr.spec.tcr.reset();
    BOOST_TEST(find_credential(cr.spec, secrets).reason == "InvalidSpec");
    cr.spec.server.clear();
    BOOST_TEST(find_credential(cr.spec, secrets).reason == "SecretNotFound");
    cr.spec.username = "user";
    BOOST_TEST(find_credential(cr.spec, secrets).reason == "InvalidSpec");
}

BOOST_FIXTURE_TEST_CASE(a_new_token_replaces_the_login, fixture)
{
    entries.put(of_tcr());
    BOOST_TEST(!entry().is_valid());
    BOOST_TEST(entry().credential_reason == "NoToken");
    BOOST_TEST(entries.refresh().empty());

    secrets.put(token("a"));
    BOOST_TEST(entries.refresh() == std::vector<std::string>{"sample"}, boost::test_tools::per_element());
    BOOST_TEST(entry().is_valid());
    BOOST_TEST(entry().credential->logins.at(0).password == "a");
    BOOST_TEST(entry().credential_reason == "");
    auto const first = entry().secret.fingerprint;
    BOOST_TEST(
        entry().secret.create_body.find("tcr.tencentcloudcr.com/expires-at\":\"2025-01-03T06:00:00Z") !=
        std::string::npos
    );
    BOOST_TEST(entries.refresh().empty());

    secrets.put(token("b", 30min));
    BOOST_TEST(entries.refresh().size() == 1u);
    BOOST_TEST(entry().secret.fingerprint != first);
    // Pull Secrets with a former fingerprint count as outdated, not as changed by another client.
    BOOST_TEST(entry().former_fingerprints.back() == first);
}

BOOST_FIXTURE_TEST_CASE(a_source_that_disappears_leaves_the_login_in_use, fixture)
{
    secrets.put(token("a"));
    entries.put(of_tcr());
    auto const first = entry().secret.fingerprint;
    credentials::token_reference const of{{"tcr-x", "r"}, registry::token_type::temp};
    secrets.set_version(of, 5);
    // A list lacks the token, but no DELETED event arrived: the token stays in use.
    secrets.begin_list();
    secrets.end_list(9);
    BOOST_TEST(entries.refresh().empty());
    BOOST_TEST(entry().credential_reason == "");
    // Another client deletes the token.
    kube::object_meta deleted;
    deleted.name = credentials::token_secret_name(of);
    deleted.resource_version = 10;
    secrets.begin_object();
    secrets.on_object(kube::object_event::deleted, deleted);
    BOOST_TEST(entries.refresh().size() == 1u);
    BOOST_TEST(entry().is_valid());
    BOOST_TEST(entry().secret.fingerprint == first);
    BOOST_TEST(entry().credential_reason == "NoToken");

    // The new source is missing, too. The credential stays in use, because the server is the same.
    auto cr = sample();
    cr.spec.password_from.emplace().name = "absent";
    cr.generation = 2;
    entries.put(cr);
    BOOST_TEST(entry().credential->logins.at(0).password == "a");
    BOOST_TEST(entry().credential_reason == "SecretNotFound");

    // The spec names another server, which must not get the credential of the former server.
    cr.spec.server = "elsewhere.example.com";
    cr.generation = 3;
    entries.put(cr);
    BOOST_TEST(!entry().credential.has_value());
    BOOST_TEST(!entry().is_valid());
}

BOOST_FIXTURE_TEST_CASE(a_docker_config_is_distributed_and_a_bad_one_leaves_the_last_in_use, fixture)
{
    entries.put(of_config());
    BOOST_TEST(!entry().is_valid());
    BOOST_TEST(entry().credential_reason == "SecretNotFound");

    put_config(R"({"auths":{"x.y":{"auth":"dTpw"},"z":{"username":"v","password":"q"}},"credsStore":"c"})");
    BOOST_TEST(entries.refresh().size() == 1u);
    BOOST_TEST(entry().is_valid());
    auto const first = entry().secret.fingerprint;
    std::string const distributed =
        R"({"auths":{"x.y":{"auth":"dTpw"},"z":{"username":"v","password":"q"}}})";
    BOOST_TEST(entry().secret.create_body.find(base64_encode(distributed)) != std::string::npos);

    // Only `auths` is distributed, so a change of other members is not a change of the credential.
    put_config(distributed);
    BOOST_TEST(entries.refresh().empty());

    put_config(R"({"auths":{"x.y":{"auth":"nothing"}}})");
    BOOST_TEST(entries.refresh().size() == 1u);
    BOOST_TEST(entry().is_valid());
    BOOST_TEST(entry().secret.fingerprint == first);
    BOOST_TEST(entry().credential_reason == "InvalidDockerConfig");

    put_config(R"({"auths":{"x.y":{"auth":"dTpw"}}})");
    BOOST_TEST(entries.refresh().size() == 1u);
    BOOST_TEST(entry().credential_reason == "");
    BOOST_TEST(entry().secret.fingerprint != first);
    BOOST_TEST(entry().former_fingerprints.back() == first);
}

BOOST_FIXTURE_TEST_CASE(a_docker_config_does_not_inherit_the_login_for_a_server, fixture)
{
    secrets.put(token("a"));
    entries.put(of_tcr());
    BOOST_TEST(entry().is_valid());
    auto cr = of_config();
    cr.generation = 2;
    entries.put(cr);
    BOOST_TEST(!entry().credential.has_value());
    BOOST_TEST(!entry().is_valid());
}

BOOST_FIXTURE_TEST_CASE(a_recreated_object_does_not_inherit_the_login, fixture)
{
    secrets.put(token("a"));
    entries.put(of_tcr());
    auto cr = sample();
    cr.uid = "u2";
    cr.spec.password_from.emplace().name = "absent";
    entries.put(cr);
    BOOST_TEST(!entry().credential.has_value());
}

}  // namespace credential_source_test
