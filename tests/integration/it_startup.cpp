// SPDX-License-Identifier: Apache-2.0

// Starts that cannot succeed: the program reports the cause in one message and does not crash. Needs no
// cluster.
#include "harness/child_process.hpp"
#include "harness/eventually.hpp"
#include "harness/listener.hpp"
#include "harness/sandbox.hpp"
#include "harness/secret_memory.hpp"
#include "harness/text.hpp"
#include <tcr/util/strings.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace
{

using namespace tcr::test;
namespace fs = std::filesystem;

using std::chrono::seconds;

/// Removes the variables of Kubernetes from the environment.
std::vector<std::string> const no_kubernetes{
    "KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "TCR_ASSISTANT_SERVICE_ACCOUNT_DIR"};

struct startup
{
    fs::path folder;

    startup()
    {
        std::string name = (fs::temp_directory_path() / "startup-XXXXXX").string();
        BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
        folder = name;
        remember_secret("the-secret-token");
    }
    ~startup()
    {
        std::error_code ec;
        fs::remove_all(folder, ec);
    }
    startup(startup const&) = delete;
    startup& operator=(startup const&) = delete;

    std::string write(std::string const& name, std::string const& content) const
    {
        fs::create_directories((folder / name).parent_path());
        std::ofstream(folder / name) << content;
        return folder / name;
    }

    /// Writes a kubeconfig for a server. `user` contains the lines with the fields of the user.
    std::string kubeconfig(
        std::string const& server, std::string const& user = "    token: the-secret-token\n"
    ) const
    {
        return write(
            "config",
            "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
            "contexts:\n- name: main\n  context: {cluster: one, user: admin}\n"
            "clusters:\n- name: one\n  cluster:\n    server: " +
                server + "\nusers:\n- name: admin\n  user:\n" + user
        );
    }

    static command_result run(
        std::vector<std::string> words, std::vector<std::string> const& more_environment = {}
    )
    {
        words.insert(words.begin(), program_under_test());
        auto environment = no_kubernetes;
        for (auto const& each : more_environment)
            std::erase(environment, each.substr(0, each.find('=')));
        environment.insert(environment.end(), more_environment.begin(), more_environment.end());
        return run_command(words, environment, {}, seconds(20));
    }

    /// Checks that the controller refuses to start, with one line that contains `why`.
    static void refuses(
        std::vector<std::string> words,
        std::string const& why,
        std::vector<std::string> const& environment = {}
    )
    {
        words.insert(words.begin(), "controller");
        auto const ended = run(words, environment);
        BOOST_TEST(ended.status == 2, ended.err);
        BOOST_TEST(contains(ended.err, "error cannot start error="), ended.err);
        BOOST_TEST(contains(ended.err, why), "no '" << why << "' in: " << ended.err);
        BOOST_TEST(std::count(ended.err.begin(), ended.err.end(), '\n') == 1, ended.err);
        BOOST_TEST(!contains(ended.err, "the-secret-token"));
    }

    /// Checks that the controller refuses the options in `file` with the message `why`. `file` is the content
    /// of FOLDER/options.yaml.
    void refuses_options(std::string const& file, std::string const& why) const
    {
        auto const path = write("options.yaml", file);
        auto const ended = run({"controller", "--config", path});
        BOOST_TEST(ended.status == 2, ended.err);
        BOOST_TEST(ended.err.starts_with("tcr-assistant controller: config " + path + why), ended.err);
        BOOST_TEST(std::count(ended.err.begin(), ended.err.end(), '\n') == 2, ended.err);
        BOOST_TEST(ended.out == "");
    }

    /// Checks that the controller logs `why`, retries, and stops at the signal.
    static void waits(std::string const& config, std::string const& why, int stop_signal = SIGTERM)
    {
        child_process program(controller_without_ports(config), no_kubernetes);
        BOOST_TEST(
            eventually([&] { return contains(program.err(), why) ? verdict(true) : wrong(program.err()); })
        );
        BOOST_TEST(program.is_running());
        program.signal(stop_signal);
        BOOST_TEST(program.wait(seconds(5)) == 0);
        BOOST_TEST(contains(program.err(), " info stopped"), program.err());
        BOOST_TEST(!contains(program.err(), "the-secret-token"));
    }

    static void openssl(std::vector<std::string> words)
    {
        words.insert(words.begin(), "openssl");
        auto const ended = run_command(words);
        BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    }

    /// Creates a self-signed certificate FOLDER/NAME.crt and its key NAME.key.
    void make_certificate(std::string const& name) const
    {
        openssl(
            {"req",
             "-x509",
             "-newkey",
             "ec",
             "-pkeyopt",
             "ec_paramgen_curve:prime256v1",
             "-nodes",
             "-subj",
             "/CN=" + name,
             "-keyout",
             folder / (name + ".key"),
             "-out",
             folder / (name + ".crt")}
        );
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(leak_search)

BOOST_AUTO_TEST_CASE(planted_secret_is_found_in_every_form)
{
    std::string const planted = "planted~by us?";
    remember_secret(planted);
    BOOST_TEST(leaks_in("wrote " + planted + " there").size() == 1u);
    BOOST_TEST(leaks_in("of no harm").empty());
    for (std::string const before : {"", "a", "ab", "abc"})
    {
        // The secret is at the end or in the middle of the encoded text.
        auto const alone = tcr::base64_encode(before + planted);
        auto const amidst = tcr::base64_encode(before + planted + "\"}}, and more of it");
        BOOST_TEST(leaks_in(alone).size() == 1u, alone);
        BOOST_TEST(leaks_in("data: " + amidst + '\n').size() == 1u, amidst);
        BOOST_TEST(leaks_in(tcr::base64_encode(before + "planted~by me?")).empty());
    }
    auto const config =
        R"({"auths":{"registry.example.com":{"username":"me","password":")" + planted + "\"}}}";
    BOOST_TEST(leaks_in(tcr::base64_encode(config)).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(refused, startup)

BOOST_AUTO_TEST_CASE(wrong_usage)
{
    for (auto const& words : std::vector<std::vector<std::string>>{
             {},
             {"no-such-command"},
             {"controller", "--no-such-option"},
             {"controller", "stray"},
             {"controller", "--max-in-flight", "many"}})
    {
        auto const ended = run(words);
        BOOST_TEST(ended.status == 2);
        BOOST_TEST(!ended.err.empty());
    }
    BOOST_TEST(run({"controller", "--help"}).status == 0);
    BOOST_TEST(run({"version"}).status == 0);
}

BOOST_AUTO_TEST_CASE(bad_options_file)
{
    refuses_options("log-levl: debug\n", ", line 1, key 'log-levl': unknown option; did you mean");
    refuses_options("\nlog-level: loud\n", ", line 2, key 'log-level': 'loud' is none of debug, info");
    refuses_options("log-level: [debug]\n", ", line 1, key 'log-level': is a list; write one value there");
    refuses_options("context: a\ncontext: b\n", ", line 2, key 'context': is given more than once");
    refuses_options("watch-timeout: 290\n", ", line 1, key 'watch-timeout': '290' has no unit");
    refuses_options("config: other\n", ", line 1, key 'config': unknown option");
    refuses_options("just words\n", ", line 1: is not a mapping");
    refuses_options("context: [\n", ", line 2: is not YAML: ");
    auto const missing = run({"controller", "--config", folder / "none"});
    BOOST_TEST(missing.status == 2);
    BOOST_TEST(contains(missing.err, "none does not exist; create it"), missing.err);
}

BOOST_AUTO_TEST_CASE(options_file_applies_from_the_first_log_line)
{
    auto const file = write("options.yaml", "log-format: json\nkubeconfig: /no/such/file\n");
    auto const ended = run({"controller", "--config", file});
    BOOST_TEST(ended.status == 2);
    BOOST_TEST(ended.err.starts_with("{\"time\":"), ended.err);
    BOOST_TEST(contains(ended.err, "kubeconfig /no/such/file does not exist"), ended.err);
}

BOOST_AUTO_TEST_CASE(no_configuration)
{
    refuses({}, "give --kubeconfig FILE, set KUBECONFIG=FILE, or run in a pod");
}

BOOST_AUTO_TEST_CASE(missing_file)
{
    auto const file = folder / "none";
    refuses({"--kubeconfig", file}, file.string() + " does not exist");
    refuses({}, file.string() + " does not exist", {"KUBECONFIG=" + file.string()});
}

BOOST_AUTO_TEST_CASE(malformed_file)
{
    refuses({"--kubeconfig", write("config", "clusters: [{name: a\nusers: }\n")}, ", line 2: is not YAML");
    refuses({"--kubeconfig", write("config", "just words\n")}, "is not a mapping of fields");
    refuses({"--kubeconfig", write("config", "")}, "is empty");
    refuses(
        {"--kubeconfig", kubeconfig("http://127.0.0.1:6443")},
        "line 10, cluster 'one', field 'server': only https is supported"
    );
    refuses(
        {"--kubeconfig", kubeconfig("https://h", "    auth-provider: {name: gcp}\n")},
        "user 'admin', field 'auth-provider': is not supported"
    );
    refuses(
        {"--kubeconfig", kubeconfig("https://h", "    exec: {command: aws}\n")},
        "user 'admin', exec, field 'apiVersion': is missing"
    );
}

BOOST_AUTO_TEST_CASE(missing_context)
{
    refuses(
        {"--kubeconfig", kubeconfig("https://h"), "--context", "other"},
        "there is no context 'other' in contexts (there are: 'main')"
    );
}

BOOST_AUTO_TEST_CASE(expired_client_certificate)
{
    make_certificate("client");
    openssl(
        {"x509",
         "-in",
         folder / "client.crt",
         "-signkey",
         folder / "client.key",
         "-days",
         "-1",
         "-out",
         folder / "expired.crt"}
    );
    auto const config = kubeconfig(
        "https://127.0.0.1:1", "    client-certificate: expired.crt\n    client-key: client.key\n"
    );
    refuses({"--kubeconfig", config}, "config, context main: the client certificate expired at 20");
}

BOOST_AUTO_TEST_CASE(key_of_another_certificate)
{
    make_certificate("client");
    make_certificate("other");
    auto const config =
        kubeconfig("https://127.0.0.1:1", "    client-certificate: client.crt\n    client-key: other.key\n");
    refuses({"--kubeconfig", config}, "the client key cannot be read, or does not belong to the certificate");
}

BOOST_AUTO_TEST_CASE(pod_without_its_service_account)
{
    std::vector<std::string> pod{
        "KUBERNETES_SERVICE_HOST=127.0.0.1",
        "KUBERNETES_SERVICE_PORT=1",
        "TCR_ASSISTANT_SERVICE_ACCOUNT_DIR=" + folder.string()};
    refuses({}, (folder / "token").string() + " does not exist", pod);
    write("token", "the-secret-token");
    refuses({}, (folder / "ca.crt").string() + " does not exist", pod);
    write("ca.crt", "no certificate");
    refuses({}, "ca.crt contains no '-----BEGIN CERTIFICATE-----' line", pod);
    pod[1] = "KUBERNETES_SERVICE_PORT=many";
    refuses({}, "KUBERNETES_SERVICE_PORT is not a port", pod);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(retried, startup)

BOOST_DATA_TEST_CASE(unreachable_server, boost::unit_test::data::make({SIGTERM, SIGINT}), stop_signal)
{
    auto const url = closed_url();
    waits(kubeconfig(url), "cannot connect to " + url + ": Connection refused", stop_signal);
}

BOOST_AUTO_TEST_CASE(server_without_tls)
{
    listener const other("HTTP/1.1 400 Bad Request\r\n\r\n");
    waits(kubeconfig(other.url()), "TLS handshake failed with " + other.url() + ": wrong version number");
}

BOOST_AUTO_TEST_CASE(silent_server)
{
    listener const silent("");
    waits(kubeconfig(silent.url()), "TLS handshake failed with " + silent.url() + ": timed out");
}

BOOST_AUTO_TEST_SUITE_END()
