// SPDX-License-Identifier: Apache-2.0

// The sources of the cloud client's keys, and the check of a credential by a registry.

#include "it_registry_helpers.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace
{

namespace asio = boost::asio;
namespace net = tcr::net;
using namespace std::chrono_literals;
using namespace tcr::registry;
using tcr::test::cloud_fixture;
using tcr::test::has;

constexpr char const* assume = "AssumeRoleWithWebIdentity";
constexpr char const* mint = "CreateInstanceToken";

struct identity_fixture : cloud_fixture
{
    errc failure(tcr::result<instance_token> const& answer)
    {
        BOOST_TEST_REQUIRE(answer.has_error());
        for (std::string_view secret : {"web-identity-", "session-key-", "session-token-"})
            BOOST_TEST(!has(answer.error().message(), secret));
        BOOST_TEST_REQUIRE((answer.error().code.category() == tcr::registry::category()));
        return static_cast<errc>(answer.error().code.value());
    }

    void let_pass(std::chrono::seconds time)
    {
        our_clock.ahead += time;
        cloud_clock.ahead += time;
    }
};

BOOST_FIXTURE_TEST_SUITE(cloud_keys_from, identity_fixture)

BOOST_AUTO_TEST_CASE(token_of_a_pod_is_exchanged_once)
{
    use_pod_identity("web-identity-1");
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(create().has_value());
    BOOST_TEST(fake.count(assume, true) == 1u);
    BOOST_TEST((identity->source() == identity_source::pod));
    BOOST_TEST(has(lines.text(), "pod-identity"));
}

BOOST_AUTO_TEST_CASE(keys_are_renewed_before_expiry_with_the_current_token)
{
    use_pod_identity("web-identity-1");
    BOOST_TEST(create().has_value());
    // Like the kubelet, replaces the token. STS accepts only the new token.
    files.write("web-identity", "web-identity-2");
    files.write("accepted", "web-identity-2");
    let_pass(114min);
    BOOST_TEST(create().has_value());
    BOOST_TEST(fake.count(assume, true) == 1u);
    let_pass(2min);
    BOOST_TEST(create().has_value());
    BOOST_TEST(fake.count(assume, true) == 2u);
    BOOST_TEST(fake.count(mint, false) == 0u);
}

BOOST_AUTO_TEST_CASE(old_keys_are_used_while_renewal_fails)
{
    use_pod_identity("web-identity-1");
    BOOST_TEST(create().has_value());
    fake.fail_by_status(503, 0, assume);
    let_pass(116min);
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(create().has_value());
    // The client does not attempt a renewal at each call.
    BOOST_TEST(fake.count(assume, false) == 1u);
    BOOST_TEST(has(lines.text(), "cannot renew the cloud keys"));
    let_pass(2min);
    BOOST_TEST(create().has_value());
    BOOST_TEST(fake.count(assume, false) == 2u);
    let_pass(3min);
    BOOST_TEST((failure(create()) == errc::unavailable));
    fake.clear();
    BOOST_TEST(create().has_value());
}

BOOST_AUTO_TEST_CASE(expired_session_is_renewed_once)
{
    use_pod_identity("web-identity-1");
    BOOST_TEST(create().has_value());
    fake.end_sessions();
    BOOST_TEST(create().has_value());
    BOOST_TEST(fake.count(assume, true) == 2u);
    BOOST_TEST(fake.count(mint, false) == 1u);
    BOOST_TEST(fake.count(mint, true) == 2u);

    fake.fail_by_code("AuthFailure.TokenFailure", 0, mint);
    auto const refused = create();
    BOOST_TEST((failure(refused) == errc::bad_identity));
    BOOST_TEST(has(refused.error().message(), "AuthFailure.TokenFailure"));
    BOOST_TEST(fake.count(mint, false) == 3u);
}

BOOST_AUTO_TEST_CASE(pod_that_sts_refuses_has_no_other_identity)
{
    fake.settings().cvm_role = "node-role";
    metadata_url = url();
    use_pod_identity("web-identity-wrong");
    auto const refused = create();
    BOOST_TEST((failure(refused) == errc::bad_identity));
    BOOST_TEST(has(refused.error().message(), "TKE pod identity: AssumeRoleWithWebIdentity: InvalidParameter")
    );
    BOOST_TEST(fake.count(mint, false) == 0u);
    fake.fail_by_code("RequestLimitExceeded", 1, assume);
    BOOST_TEST((failure(create()) == errc::limited));
    fake.fail_by_code("ResourceNotFound.RoleNotFound", 1, assume);
    BOOST_TEST((failure(create()) == errc::bad_identity));
}

BOOST_AUTO_TEST_CASE(role_of_the_machine_comes_last)
{
    fake.settings().cvm_role = "node-role";
    metadata_url = url();
    variables.clear();
    BOOST_TEST(create().has_value());
    BOOST_TEST((identity->source() == identity_source::machine));
    fake.end_sessions();
    BOOST_TEST(create().has_value());
    use_pod_identity("web-identity-1");
    identity->discard_keys();
    BOOST_TEST(create().has_value());
    BOOST_TEST((identity->source() == identity_source::pod));
}

BOOST_AUTO_TEST_CASE(machine_without_a_role_has_no_keys)
{
    metadata_url = url();
    variables.clear();
    auto const refused = create();
    BOOST_TEST((failure(refused) == errc::no_identity));
    BOOST_TEST(has(refused.error().message(), "CreateInstanceToken: there are no cloud keys"));
}

BOOST_AUTO_TEST_CASE(silent_metadata_server_causes_a_timeout)
{
    // The kernel accepts connections, but no program answers.
    asio::ip::tcp::acceptor silent(loop, {asio::ip::address_v4::loopback(), 0});
    metadata_url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
    variables.clear();
    auto const started = std::chrono::steady_clock::now();
    auto const refused = create();
    BOOST_TEST((failure(refused) == errc::no_identity));
    BOOST_TEST(has(refused.error().message(), "the CVM's metadata service did not answer: "));
    BOOST_TEST((std::chrono::steady_clock::now() - started < 5s));
}

BOOST_AUTO_TEST_SUITE_END()

struct registry_fixture : cloud_fixture
{
    registry_fixture() : server("127.0.0.1:" + std::to_string(https_port))
    {
        fake.settings().registry_user = "robot";
        fake.settings().registry_password = "right";
    }

    tcr::result<bool> probe(std::string const& username, std::string const& password)
    {
        return wait_for(probe_credential(*web, server, username, password));
    }

    std::string server;
};

BOOST_FIXTURE_TEST_SUITE(credentials, registry_fixture)

BOOST_AUTO_TEST_CASE(registry_accepts_right_and_refuses_wrong_passwords)
{
    for (bool const is_bearer : {false, true})
    {
        fake.settings().challenges_bearer = is_bearer;
        BOOST_TEST(probe("robot", "right").value());
        auto const refused = probe("robot", "hunter2");
        BOOST_TEST((refused.error().code == errc::wrong_password));
        BOOST_TEST(!has(refused.error().message(), "hunter2"));
        BOOST_TEST((probe("", "").error().code == errc::wrong_password));
        BOOST_TEST((probe("a:b", "right").error().code == errc::wrong_password));
    }
}

BOOST_AUTO_TEST_CASE(token_is_valid_until_it_expires)
{
    auto const token = create().value();
    BOOST_TEST(probe(token.username, token.password).value());
    cloud_clock.ahead = 61min;
    BOOST_TEST((probe(token.username, token.password).error().code == errc::wrong_password));
}

BOOST_AUTO_TEST_CASE(other_servers_leave_the_credential_unverified)
{
    // A server that speaks HTTP without TLS.
    server = "127.0.0.1:" + std::to_string(http_port);
    BOOST_TEST(probe("robot", "right").has_error());
    BOOST_TEST((probe("robot", "right").error().code != errc::wrong_password));
    server = "127.0.0.1:1";
    BOOST_TEST((probe("robot", "right").error().code == asio::error::connection_refused));
    server = "https://h/x";
    BOOST_TEST(probe("robot", "right").has_error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
