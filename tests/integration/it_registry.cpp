// SPDX-License-Identifier: Apache-2.0

// Our client of the cloud API, tested with a fake cloud over real connections.

#include "it_registry_helpers.hpp"
#include <tcr/net/errc.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <iterator>

namespace
{

namespace asio = boost::asio;
namespace net = tcr::net;
using namespace std::chrono_literals;
using namespace tcr::registry;
using tcr::test::cloud_fixture;
using tcr::test::has;
using tcp = asio::ip::tcp;

/// Checks the error code of a failed call, and that the message contains no secret. \return the message
template <class T>
std::string refusal(tcr::result<T> const& answer, boost::system::error_code expected)
{
    BOOST_TEST_REQUIRE(answer.has_error());
    BOOST_TEST_CONTEXT(answer.error().message())
    BOOST_TEST(answer.error().code == expected);
    for (std::string_view secret :
         {"fake-secret-key", "session-key-", "session-token-", "web-identity-", "tok-"})
        BOOST_TEST(!has(answer.error().message(), secret));
    return answer.error().message();
}

BOOST_FIXTURE_TEST_SUITE(cloud_api, cloud_fixture)

BOOST_AUTO_TEST_CASE(every_action_is_answered_in_both_spellings)
{
    auto& own = fake.settings().instances[0];
    own.internal_ip = "10.0.0.9";
    for (int i = 0; i < 250; ++i)
        own.custom_domains.push_back("hub" + std::to_string(i) + ".example.com");
    for (bool const is_loose : {false, true})
    {
        fake.settings().loose_types = is_loose;
        auto const token = create().value();
        BOOST_TEST(token.username == "100012345678");
        BOOST_TEST(token.password.starts_with("tok-"));
        BOOST_TEST(token.token_id.empty());
        BOOST_TEST((token.expires_at > our_clock() + 59min && token.expires_at < our_clock() + 61min));

        auto const facts = wait_for(cloud().describe_instance(instance)).value();
        BOOST_TEST(facts.name == "demo");
        BOOST_TEST(facts.public_domain == "demo.tencentcloudcr.com");
        BOOST_TEST(facts.status == "Running");

        auto const domains = wait_for(cloud().custom_domains(instance)).value();
        BOOST_TEST_REQUIRE(domains.size() == 250u);
        BOOST_TEST(domains[249].name == "hub249.example.com");
    }
    BOOST_TEST((cloud().calls().at({"DescribeInstanceCustomizedDomain", "success"}) == 6u));
    BOOST_TEST((cloud().calls().at({"CreateInstanceToken", "success"}) == 2u));
}

BOOST_AUTO_TEST_CASE(long_term_tokens_are_created_and_listed)
{
    BOOST_TEST(wait_for(cloud().long_term_tokens(instance)).value().empty());
    auto const token = wait_for(cloud().create_token(instance, token_type::longterm, "for cls-1")).value();
    BOOST_TEST(!token.token_id.empty());
    BOOST_TEST((token.expires_at > our_clock() + std::chrono::days(3649)));
    create().value();
    auto const all = wait_for(cloud().long_term_tokens(instance)).value();
    BOOST_TEST_REQUIRE(all.size() == 1u);
    BOOST_TEST(all[0].id == token.token_id);
    BOOST_TEST(all[0].description == "for cls-1");
    BOOST_TEST(all[0].is_enabled);
    // Exactly 100 tokens: the last page is full, and no page follows.
    for (int i = 0; i < 99; ++i)
        fake.add_longterm_token(instance.id, "");
    BOOST_TEST(wait_for(cloud().long_term_tokens(instance)).value().size() == 100u);
    fake.add_longterm_token(instance.id, "");
    BOOST_TEST(wait_for(cloud().long_term_tokens(instance)).value().size() == 101u);
}

BOOST_AUTO_TEST_CASE(lists_without_content_are_empty)
{
    BOOST_TEST(wait_for(cloud().custom_domains(instance)).value().empty());
    BOOST_TEST(wait_for(cloud().long_term_tokens(instance)).value().empty());
}

BOOST_AUTO_TEST_CASE(instance_of_another_region_is_not_found)
{
    instance_id const other_region{instance.id, "ap-nanjing"};
    refusal(wait_for(cloud().describe_instance(other_region)), errc::not_found);
    auto const text =
        refusal(wait_for(cloud().create_token(other_region, token_type::temp, {})), errc::not_found);
    BOOST_TEST(has(text, "CreateInstanceToken: ResourceNotFound.TcrResourceNotFound"));
    BOOST_TEST(has(text, "fake-request-"));
}

BOOST_AUTO_TEST_CASE(wrong_key_and_unknown_key_are_distinguished)
{
    variables["TENCENTCLOUD_SECRET_KEY"] = "another";
    BOOST_TEST(has(refusal(create(), errc::bad_identity), "AuthFailure.SignatureFailure"));
    // The client reads the environment variables before each call.
    variables["TENCENTCLOUD_SECRET_ID"] = "AKIDother";
    BOOST_TEST(has(refusal(create(), errc::bad_identity), "AuthFailure.SecretIdNotFound"));
    variables = {{"TENCENTCLOUD_SECRET_ID", "AKIDfake"}, {"TENCENTCLOUD_SECRET_KEY", "fake-secret-key"}};
    BOOST_TEST(create().has_value());
    BOOST_TEST((cloud().calls().at({"CreateInstanceToken", "failed"}) == 2u));
}

BOOST_AUTO_TEST_CASE(error_names_the_offset_of_a_wrong_clock)
{
    our_clock.ahead = 4min;
    BOOST_TEST(create().has_value());
    our_clock.ahead = 10min;
    auto const text = refusal(create(), errc::clock_skew);
    // A second may pass between the two times that the clocks are read.
    BOOST_TEST((has(text, "our clock is 10m ahead of") || has(text, "our clock is 10m1s ahead of")));
    our_clock.ahead = -2h;
    BOOST_TEST(has(refusal(create(), errc::clock_skew), "behind the cloud's"));
}

BOOST_AUTO_TEST_CASE(temporary_errors_are_retryable)
{
    fake.fail_by_code("RequestLimitExceeded.UinLimitExceeded", 1);
    refusal(create(), errc::limited);
    fake.fail_by_code("InternalError.DbError", 1, "CreateInstanceToken");
    BOOST_TEST(wait_for(cloud().describe_instance(instance)).has_value());
    refusal(create(), errc::unavailable);
    fake.fail_by_status(503);
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(has(refusal(create(), errc::unavailable), "HTTP 503"));
    fake.clear();
    fake.fail_by_status(429, 1);
    refusal(create(), errc::limited);
    fake.fail_by_code("UnauthorizedOperation.CamNoAuth", 1);
    refusal(create(), errc::forbidden);
    BOOST_TEST(create().has_value());
}

BOOST_AUTO_TEST_CASE(silent_server_causes_a_timeout)
{
    net::web_options short_limit;
    short_limit.limit = 300ms;
    web = std::make_unique<net::web_client>(loop.get_executor(), nullptr, short_limit);
    fake.fail_by_silence(60s);
    auto const started = std::chrono::steady_clock::now();
    auto const text = refusal(create(), net::errc::timed_out);
    BOOST_TEST(has(text, "CreateInstanceToken: no complete response from http://127.0.0.1:"));
    auto const took = std::chrono::steady_clock::now() - started;
    BOOST_TEST((took >= 250ms && took < 5s));
    fake.clear();
    BOOST_TEST(create().has_value());
}

BOOST_AUTO_TEST_CASE(cancelled_call_ends)
{
    fake.fail_by_silence(60s);
    asio::cancellation_signal stop;
    bool has_ended = false;
    bool was_aborted = false;
    asio::co_spawn(
        loop,
        cloud().create_token(instance, token_type::temp, {}),
        asio::bind_cancellation_slot(
            stop.slot(),
            [&](std::exception_ptr thrown, tcr::result<instance_token> const& answer)
            {
                has_ended = true;
                was_aborted = thrown != nullptr ||
                              (answer.has_error() && answer.error().code == asio::error::operation_aborted);
            }
        )
    );
    turn_until([&] { return fake.count("CreateInstanceToken", false) == 1; });
    stop.emit(asio::cancellation_type::terminal);
    turn_until([&] { return has_ended; });
    BOOST_TEST(was_aborted);
}

BOOST_AUTO_TEST_CASE(closed_connection_or_invalid_answer_is_an_error)
{
    tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
    api_url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    std::string const words[] = {
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"};
    boost::system::error_code const ends[] = {
        net::errc::closed,
        net::errc::closed,
        net::errc::bad_response,
        net::errc::body_too_large,
        net::errc::body_too_large};
    for (std::size_t i = 0; i < std::size(words); ++i)
    {
        // Reads the request first, because closing a socket with unread bytes sends a reset.
        std::string asked;
        tcp::socket peer(loop);
        acceptor.async_accept(
            peer,
            [&](boost::system::error_code)
            {
                asked.resize(16 * 1024);
                peer.async_read_some(
                    asio::buffer(asked),
                    [&](boost::system::error_code, std::size_t)
                    {
                        boost::system::error_code ignored;
                        asio::write(peer, asio::buffer(words[i]), ignored);
                        peer.shutdown(tcp::socket::shutdown_send, ignored);
                    }
                );
            }
        );
        refusal(create(), ends[i]);
    }
    acceptor.close();
    refusal(create(), asio::error::connection_refused);
}

BOOST_AUTO_TEST_CASE(unusable_url_is_an_error)
{
    api_url = "https//nonsense";
    refusal(create(), make_error_code(boost::system::errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(https_requires_a_trusted_certificate)
{
    api_url = "https://127.0.0.1:" + std::to_string(https_port);
    auto const trust = [this](net::tls_identity const& trusted)
    { *web = net::web_client(loop.get_executor(), net::make_client_context(trusted).value(), web_settings); };
    BOOST_TEST(create().has_value());
    trust({});
    auto const text = refusal(create(), net::errc::untrusted_server);
    BOOST_TEST(has(text, "certificate of https://127.0.0.1:"));
    net::tls_identity without_ca;
    without_ca.verify_server = false;
    trust(without_ca);
    BOOST_TEST(create().has_value());
    // The certificate does not contain this name.
    net::tls_identity known;
    known.ca_pem = certificate.ca_pem;
    trust(known);
    client.reset();
    api_url = "https://localhost:" + std::to_string(https_port);
    refusal(create(), net::errc::untrusted_server);
}

BOOST_AUTO_TEST_CASE(calls_are_rate_limited)
{
    create().value();  // gets the keys
    cloud_options options;
    options.url = url();
    options.qps = 10;
    options.burst = 1;
    cloud_client slow(*web, *identity, options, [this] { return our_clock(); });
    auto const started = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(wait_for(slow.describe_instance(instance)).has_value());
    BOOST_TEST((std::chrono::steady_clock::now() - started >= 290ms));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
