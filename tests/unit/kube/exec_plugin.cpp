// SPDX-License-Identifier: Apache-2.0
#include "run_coroutine.hpp"
#include "temporary_folder.hpp"
#include <tcr/kube/errc.hpp>
#include <tcr/kube/exec_plugin.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <optional>

namespace exec_plugin_test
{

namespace json = boost::json;
using namespace tcr;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr char v1[] = "client.authentication.k8s.io/v1";
constexpr char v1beta1[] = "client.authentication.k8s.io/v1beta1";
constexpr char cert_pem[] = "-----BEGIN CERTIFICATE-----\nY2VydA==\n-----END CERTIFICATE-----\n";
constexpr char key_pem[] = "-----BEGIN PRIVATE KEY-----\na2V5\n-----END PRIVATE KEY-----\n";

/// The JSON text of an ExecCredential. `status` is a JSON text.
std::string credential_json(std::string const& status, std::string const& version = v1)
{
    return R"({"apiVersion":")" + version + R"(","kind":"ExecCredential","status":)" + status + "}";
}

/// The error text for a plugin's output, which must be invalid. Checks that no secret is in the text.
std::string problem(std::string const& output)
{
    auto const parsed = kube::parse_exec_credential(output, v1);
    BOOST_TEST_REQUIRE(parsed.has_error(), output);
    BOOST_TEST(parsed.error().code == make_error_code(kube::errc::no_credential));
    BOOST_TEST(parsed.error().detail.find("s3cret") == std::string::npos, parsed.error().detail);
    return parsed.error().detail;
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

#define CHECK_CONTAINS(text, part) BOOST_TEST(contains(text, part), text)

struct fixture : test::temporary_folder
{
    kube::exec_plugin plugin;

    fixture() { plugin.api_version = v1; }

    result<kube::exec_credential> run(milliseconds limit = seconds(20), std::string const& info = "{}")
    {
        std::optional<result<kube::exec_credential>> outcome;
        test::run_coroutine(
            [&]() -> task<void>
            {
                auto got = co_await kube::run_exec_plugin(plugin, info, limit);
                outcome.emplace(std::move(got));
            },
            seconds(30)
        );
        return *outcome;
    }

    /// Runs a plugin that is a script with this text.
    result<kube::exec_credential> run_script(std::string const& body, milliseconds limit = seconds(20))
    {
        plugin.command = write_script("plugin", body);
        return run(limit);
    }

    /// The error text of a plugin script that must fail.
    std::string failure(std::string const& body, milliseconds limit = seconds(20))
    {
        auto const outcome = run_script(body, limit);
        BOOST_TEST_REQUIRE(outcome.has_error());
        BOOST_TEST(outcome.error().code == make_error_code(kube::errc::no_credential));
        BOOST_TEST(outcome.error().detail.starts_with("exec plugin '" + plugin.command + "' "));
        return outcome.error().detail;
    }
};

BOOST_AUTO_TEST_SUITE(exec_plugin_text)

BOOST_AUTO_TEST_CASE(token_is_read)
{
    auto const credential = kube::parse_exec_credential(credential_json(R"({"token":" abc\n"})"), v1).value();
    BOOST_TEST(credential.token == "abc");
    BOOST_TEST((credential.certificate_pem.empty() && credential.key_pem.empty() && !credential.expires_at));
    BOOST_TEST(!credential.is_empty());
    BOOST_TEST(kube::exec_credential().is_empty());
    auto const older = credential_json(R"({"token":"abc","expirationTimestamp":null})", v1beta1);
    BOOST_TEST(kube::parse_exec_credential(older, v1beta1)->token == "abc");
}

BOOST_AUTO_TEST_CASE(certificate_and_expiry_are_read)
{
    json::object status;
    status["clientCertificateData"] = cert_pem;
    status["clientKeyData"] = key_pem;
    status["expirationTimestamp"] = "2021-12-01T14:47:36+08:00";
    auto const credential = kube::parse_exec_credential(credential_json(json::serialize(status)), v1).value();
    BOOST_TEST(credential.certificate_pem == cert_pem);
    BOOST_TEST(credential.key_pem == key_pem);
    BOOST_TEST(credential.token.empty());
    BOOST_TEST((credential.expires_at == system_clock::from_time_t(1638341256)));
}

BOOST_AUTO_TEST_CASE(invalid_output_is_refused_and_not_quoted)
{
    std::pair<std::string, char const*> const cases[] = {
        {"", "did not write an ExecCredential as JSON"},
        {"s3cret", "did not write an ExecCredential as JSON"},
        {"[\"s3cret\"]", "did not write an ExecCredential as JSON"},
        {R"({"kind":"s3cret"})", "did not write an ExecCredential as JSON"},
        {credential_json("{}", "s3cret"), "of another apiVersion than client.authentication.k8s.io/v1; "},
        {credential_json(R"("s3cret")"), "without a status"},
        {credential_json("{}"), "neither a token nor a client certificate"},
        {credential_json(R"({"token":7})"), "neither a token nor a client certificate"},
        {credential_json(R"({"token":"s3cret\r\nX: y"})"),
         "wrote a token that contains a blank, a line break"},
        {credential_json(R"({"token":"s3cret","clientKeyData":"s3cret"})"), "a key without its certificate"},
        {credential_json(R"({"clientCertificateData":"s3cret"})"), "a client certificate without its key"},
        {credential_json(R"({"clientCertificateData":"s3cret","clientKeyData":"s3cret"})"),
         "wrote a client certificate that contains no '-----BEGIN CERTIFICATE-----' line"},
        {credential_json(R"({"clientCertificateData":"-----BEGIN CERTIFICATE-----","clientKeyData":"s3cret"})"
         ),
         "wrote a client key that contains no "},
        {credential_json(R"({"token":"s3cret","expirationTimestamp":"s3cret"})"), "expirationTimestamp"},
        {credential_json(R"({"token":"s3cret","expirationTimestamp":1638341256})"), "expirationTimestamp"},
    };
    for (auto const& [output, part] : cases)
        CHECK_CONTAINS(problem(output), part);
}

BOOST_AUTO_TEST_CASE(info_contains_the_cluster_if_requested)
{
    kube::exec_plugin plugin;
    plugin.api_version = v1;
    net::endpoint server{"fd00::1", "6443", "", true};
    net::tls_identity tls;
    tls.ca_pem = "ca";
    BOOST_TEST(
        kube::exec_info(plugin, server, tls) ==
        R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",)"
        R"("spec":{"interactive":false}})"
    );
    plugin.provide_cluster_info = true;
    plugin.api_version = v1beta1;
    BOOST_TEST(
        kube::exec_info(plugin, server, tls) ==
        R"({"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","spec":{"cluster":{)"
        R"("server":"https://[fd00::1]:6443","certificate-authority-data":"Y2E="},"interactive":false}})"
    );
    server = {"host", "443", "kubernetes", false, "/k8s/clusters/c-1"};
    plugin.proxy_url = "http://joe:hunter2@proxy:3128";
    BOOST_TEST(
        kube::exec_info(plugin, server, {}) ==
        R"({"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","spec":{"cluster":{)"
        R"("server":"https://host:443/k8s/clusters/c-1","tls-server-name":"kubernetes",)"
        R"("insecure-skip-tls-verify":true,"proxy-url":"http://joe:hunter2@proxy:3128"},)"
        R"("interactive":false}})"
    );
}

BOOST_AUTO_TEST_CASE(next_credential_is_due_after_four_fifths_of_the_lifetime)
{
    auto const now = system_clock::from_time_t(1'700'000'000);
    BOOST_TEST((kube::refresh_time(now, now + seconds(100)) == now + seconds(80)));
    BOOST_TEST((kube::refresh_time(now, now) == now));
    BOOST_TEST((kube::refresh_time(now, now - seconds(100)) == now));
    BOOST_TEST((kube::refresh_time(now, system_clock::time_point::min()) == now));
    auto const for_ever = kube::refresh_time(now, system_clock::time_point::max());
    BOOST_TEST((for_ever > now && for_ever < system_clock::time_point::max()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(exec_plugin_run, fixture)

BOOST_AUTO_TEST_CASE(output_becomes_the_credential)
{
    plugin.arguments = {"abc", "d e"};
    plugin.environment = {"PART=f"};
    plugin.command = write_script(
        "plugin",
        "echo progress >&2; printf '%s' \"$KUBERNETES_EXEC_INFO\" >" + (folder / "info").string() +
            "\nprintf '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\","
            "\"status\":{\"token\":\"%s-%s-%s\"}}' \"$1\" \"${2% e}\" \"$PART\""
    );
    auto const credential = run(seconds(20), R"({"kind":"ExecCredential"})");
    BOOST_TEST_REQUIRE(credential.has_value());
    BOOST_TEST(credential->token == "abc-d-f");
    BOOST_TEST(read("info") == R"({"kind":"ExecCredential"})");
}

BOOST_AUTO_TEST_CASE(missing_command_is_reported_with_the_install_hint)
{
    plugin.command = "tcr-no-such-plugin";
    BOOST_TEST(
        run().error().detail ==
        "exec plugin 'tcr-no-such-plugin' cannot be started: No such file or directory"
    );
    plugin.install_hint = "Run\n'apt install it'.";
    BOOST_TEST(run().error().detail.ends_with("No such file or directory; Run 'apt install it'."));
}

BOOST_AUTO_TEST_CASE(failure_quotes_standard_error_but_not_the_output)
{
    auto text = failure("echo s3cret; echo 'no login' >&2; echo 'please log in' >&2; exit 3");
    BOOST_TEST(text.ends_with("' ended with status 3: no login please log in"), text);
    text = failure("echo s3cret; kill -KILL $$");
    BOOST_TEST(text.ends_with("' was ended by signal 9"), text);
    text = failure("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1");
    BOOST_TEST(text.size() < 800u, text);
    text = failure("echo s3cret");
    BOOST_TEST(text.ends_with("' did not write an ExecCredential as JSON"), text);
}

BOOST_AUTO_TEST_CASE(plugin_over_its_limits_is_killed)
{
    auto text = failure("echo s3cret; sleep 100", milliseconds(200));
    BOOST_TEST(text.ends_with("' did not end within 200 ms"), text);
    text = failure("head -c 2000000 /dev/zero");
    BOOST_TEST(text.ends_with("' writes more than 1 MiB"), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace exec_plugin_test
