// SPDX-License-Identifier: Apache-2.0
#include "tokens.hpp"
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace stored_token_test
{

using namespace tcr;
using namespace tcr::credentials;
namespace json = boost::json;

/// The decoded data of a Secret with this body.
std::map<std::string, std::string> data_of(std::string const& body)
{
    std::map<std::string, std::string> data;
    auto const parsed = json::parse(body);
    for (auto const& [key, value] : parsed.at("data").as_object())
        data[std::string(key)] = *base64_decode(std::string_view(value.as_string()));
    return data;
}

BOOST_AUTO_TEST_CASE(a_token_is_read_as_it_was_written)
{
    auto stored = test::token(test::noon);
    stored.token.token_id = "ctrm3g86h7cp1kb7el2g";
    stored.serial = 3;
    auto const back = read_token(data_of(create_body(stored)), 42);
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST((back->of == stored.of));
    BOOST_TEST(back->token.username == stored.token.username);
    BOOST_TEST(back->token.password == stored.token.password);
    BOOST_TEST(back->token.token_id == stored.token.token_id);
    BOOST_TEST((back->token.expires_at == stored.token.expires_at));
    BOOST_TEST((back->minted_at == stored.minted_at));
    BOOST_TEST(back->serial == 3u);
    BOOST_TEST(back->servers == stored.servers, boost::test_tools::per_element());
    BOOST_TEST(back->resource_version == 42u);
}

BOOST_AUTO_TEST_CASE(an_incomplete_or_invalid_token_is_not_read)
{
    auto const whole = data_of(create_body(test::token(test::noon)));
    for (auto const* key : {"registryId", "tokenType", "username", "password", "expiresAt", "mintedAt"})
    {
        auto data = whole;
        data.erase(key);
        BOOST_TEST(!read_token(data, 1).has_value(), key);
        data[key] = "";
        BOOST_TEST(!read_token(data, 1).has_value(), key);
    }
    auto data = whole;
    data["expiresAt"] = data["mintedAt"];
    BOOST_TEST(!read_token(data, 1).has_value());
    data = whole;
    data["expiresAt"] = "soon";
    BOOST_TEST(!read_token(data, 1).has_value());
}

BOOST_AUTO_TEST_CASE(the_secret_has_the_watched_label_and_the_expiry)
{
    auto const body = json::parse(create_body(test::token(test::noon)));
    auto const& meta = body.at("metadata");
    BOOST_TEST(meta.at("name").as_string() == "tcr-assistant-token-tcr-dg284imq-ap-guangzhou-temp");
    BOOST_TEST(meta.at("labels").at("tcr.tencentcloudcr.com/credential").as_string() == "token");
    BOOST_TEST(
        meta.at("annotations").at("tcr.tencentcloudcr.com/expires-at").as_string() == "2025-01-03T06:00:00Z"
    );
    // This label marks pull Secrets. With the label, the token's Secret would be treated as a pull Secret.
    BOOST_TEST(!meta.at("labels").as_object().contains("app.kubernetes.io/managed-by"));
}

BOOST_AUTO_TEST_CASE(an_update_names_the_version_if_it_is_known)
{
    auto stored = test::token(test::noon);
    BOOST_TEST(!json::parse(update_body(stored)).at("metadata").as_object().contains("resourceVersion"));
    stored.resource_version = 7;
    BOOST_TEST(json::parse(update_body(stored)).at("metadata").at("resourceVersion").as_string() == "7");
}

BOOST_AUTO_TEST_CASE(a_token_may_go_only_to_domains_of_its_instance)
{
    auto const stored = test::token(test::noon);
    BOOST_TEST(stored.may_go_to("name.tencentcloudcr.com", {}));
    BOOST_TEST(stored.may_go_to("name-vpc.tencentcloudcr.com:443", {}));
    BOOST_TEST(stored.may_go_to("name.tencentcloudcr.com/team", {}));
    BOOST_TEST(stored.may_go_to("name.tencentcloudcr.com:443/team/a", {}));
    for (auto const* other :
         {"other.tencentcloudcr.com",
          "tencentcloudcr.com",
          "name.tencentcloudcr.com.evil.org",
          "evil.org",
          "evil.org/name.tencentcloudcr.com",
          "*.tencentcloudcr.com",
          "nam*.tencentcloudcr.com",
          "[fd00::5]:5000",
          ""})
        BOOST_TEST(!stored.may_go_to(other, {}), other);
    auto at_address = stored;
    at_address.servers = {"[fd00::5]"};
    for (auto const* server : {"[fd00::5]", "[fd00::5]:5000", "[fd00::5]:5000/team"})
        BOOST_TEST(at_address.may_go_to(server, {}), server);
    for (auto const* other : {"[fd00::6]:5000", "[fd00", "fd00::5"})
        BOOST_TEST(!at_address.may_go_to(other, {}), other);
    std::vector<std::string> const suffixes{".corp.example"};
    BOOST_TEST(stored.may_go_to("registry.corp.example", suffixes));
    BOOST_TEST(stored.may_go_to("registry.corp.example:5000/team", suffixes));
    for (auto const* other :
         {"corp.example",
          ".corp.example",
          "evilcorp.example",
          "*.corp.example",
          "a.*.corp.example",
          "evil.org/a.corp.example",
          "evil.org:5000/a.corp.example"})
        BOOST_TEST(!stored.may_go_to(other, suffixes), other);
}

BOOST_AUTO_TEST_CASE(a_token_that_does_not_expire_has_no_expiry)
{
    auto stored = test::token(test::noon);
    BOOST_TEST((stored.expires_at() == stored.token.expires_at));
    stored.token.expires_at = std::chrono::system_clock::time_point::max();
    BOOST_TEST(!stored.expires_at().has_value());
    auto const back = read_token(data_of(create_body(stored)), 1);
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST(!back->expires_at().has_value());
}

}  // namespace stored_token_test
