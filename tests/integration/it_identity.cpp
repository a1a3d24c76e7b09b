// SPDX-License-Identifier: Apache-2.0

// The identity of the controller can change at any time: tokens are replaced, certificates expire, credential
// plugins run again. The controller loses no work and needs no restart.
#include "harness/background.hpp"
#include "harness/fixture.hpp"
#include "harness/secret_memory.hpp"
#include "harness/text.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>

namespace
{

using namespace tcr::test;
namespace fs = std::filesystem;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr char home[] = "tcr-assistant-system";
constexpr char account[] = "tcr-assistant-controller-manager";

/// Time limit for a renewal. The controller checks files and expiry times every ten seconds.
constexpr seconds renewal_limit{20};

std::string content_of(fs::path const& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Replaces the file atomically.
void replace(fs::path const& file, std::string const& content)
{
    auto const fresh = file.string() + ".new";
    std::ofstream(fresh) << content;
    fs::rename(fresh, file);
}

template <class T, void (*free)(T*)>
struct deleter
{
    void operator()(T* object) const { free(object); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, deleter<EVP_PKEY, EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, deleter<X509, X509_free>>;

/// Parses a PEM file with the OpenSSL function `read`.
template <class T>
T* read_pem(fs::path const& file, T* (*read)(std::FILE*, T**, pem_password_cb*, void*))
{
    std::FILE* const in = std::fopen(file.c_str(), "r");
    if (in == nullptr)
        throw std::runtime_error("cannot open " + file.string());
    T* const object = read(in, nullptr, nullptr, nullptr);
    std::fclose(in);
    return object;
}

template <class Write>
std::string pem(Write write)
{
    BIO* const out = BIO_new(BIO_s_mem());
    write(out);
    char* bytes = nullptr;
    auto const size = BIO_get_mem_data(out, &bytes);
    std::string text(bytes, static_cast<std::size_t>(size));
    BIO_free(out);
    return text;
}

struct login_pems
{
    std::string certificate;
    std::string key;
};

/// Issues a client certificate for an administrator with this name, signed by the CA of the sandbox and valid
/// for `life` from now on.
login_pems issue_certificate(sandbox const& control_plane, char const* name, seconds life)
{
    auto const folder = control_plane.folder() / "certs";
    key_ptr const ca_key(read_pem(folder / "ca.key", PEM_read_PrivateKey));
    certificate_ptr const ca(read_pem(folder / "ca.crt", PEM_read_X509));
    key_ptr const key(EVP_EC_gen("P-256"));
    certificate_ptr const made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set_int64(X509_get_serialNumber(made.get()), steady_clock::now().time_since_epoch().count());
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), life.count());
    auto* const subject = X509_get_subject_name(made.get());
    for (auto const& [field, text] : {std::pair{"O", "system:masters"}, std::pair{"CN", name}})
        X509_NAME_add_entry_by_txt(
            subject, field, MBSTRING_ASC, reinterpret_cast<unsigned char const*>(text), -1, -1, 0
        );
    X509_set_issuer_name(made.get(), X509_get_subject_name(ca.get()));
    X509_set_pubkey(made.get(), key.get());
    auto* const usage = X509V3_EXT_conf_nid(nullptr, nullptr, NID_ext_key_usage, "clientAuth");
    X509_add_ext(made.get(), usage, -1);
    X509_EXTENSION_free(usage);
    if (X509_sign(made.get(), ca_key.get(), EVP_sha256()) == 0)
        throw std::runtime_error("cannot sign a certificate");
    return {
        pem([&](BIO* out) { PEM_write_bio_X509(out, made.get()); }),
        pem([&](BIO* out) { PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }
        )};
}

/// Stops the controller of the fixture. Each case starts a controller with its own configuration.
struct identities : fixture
{
    fs::path folder;
    std::optional<child_process> program;

    identities() : folder(control_plane.folder() / fresh_name()) { fs::create_directories(folder); }
    ~identities()
    {
        if (!program)
            return;
        try
        {
            program->signal(SIGTERM);
            BOOST_TEST(program->wait(seconds(20)) == 0, log());
            BOOST_TEST(!contains(log(), "Sanitizer"), log());
            program.reset();
            controller.start();
        }
        catch (std::exception const& e)
        {
            BOOST_ERROR("cannot restart the fixture's controller: " << e.what());
        }
    }

    /// Writes a kubeconfig to the folder of the case. `user` contains the fields of the user in YAML flow
    /// style.
    fs::path kubeconfig(std::string const& user) const
    {
        auto const file = folder / "kubeconfig";
        replace(file, kubeconfig_text(server(), control_plane.folder() / "certs" / "ca.crt", user));
        return file;
    }

    std::string server() const
    {
        auto const config = json::parse(control_plane.kubectl({"config", "view", "-o", "json"})).as_object();
        return text_at(at(config, {"clusters"}).as_array()[0].as_object(), {"cluster", "server"});
    }

    void start(fs::path const& config)
    {
        controller.stop();
        program.emplace(controller_without_ports(config));
    }

    std::string log() const { return program->err(); }

    verdict logs(std::string const& words) const
    {
        return contains(log(), words) ? verdict(true) : wrong("no '" + words + "' in " + log());
    }

    verdict logs_eventually(std::string const& words, seconds limit = renewal_limit) const
    {
        return eventually([&] { return logs(words); }, limit);
    }

    /// Writes a credential plugin. Each run appends a line to the file `runs` and returns the content of the
    /// file `token` with the lifetime `life`. Without the file `token`, a run fails.
    void write_plugin(seconds life) const
    {
        auto const file = folder / "plugin";
        replace(
            file,
            "#!/bin/sh\ncd " + folder.string() +
                "\necho run >>runs\n[ -e token ] || { echo 'log in first' >&2; exit 1; }\n"
                "printf '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",'\n"
                "printf '\"status\":{\"token\":\"%s\",\"expirationTimestamp\":\"%s\"}}' \"$(cat token)\" "
                "\"$(date -u -d '+" +
                std::to_string(life.count()) + " seconds' +%Y-%m-%dT%H:%M:%SZ)\"\n"
        );
        fs::permissions(file, fs::perms::owner_all);
    }

    long runs() const
    {
        auto const lines = content_of(folder / "runs");
        return std::count(lines.begin(), lines.end(), '\n');
    }

    /// Writes a new token of the controller's account to `file`.
    void renew_token(fs::path const& file) const
    {
        control_plane.run({"service-account", home, account, folder / "account"});
        replace(file, content_of(folder / "account" / "token"));
    }

    fs::path plugin_kubeconfig() const
    {
        return kubeconfig("exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin}");
    }
};

bool is_watch(api_call const& call)
{
    return call.is_by_controller() && call.verb == "watch";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(identity, identities)

BOOST_AUTO_TEST_CASE(plugin_is_run_before_its_credential_expires)
{
    write_plugin(seconds(12));
    renew_token(folder / "token");
    auto const ns = make_namespace();
    auto const started = steady_clock::now();
    start(plugin_kubeconfig());
    BOOST_TEST_REQUIRE(logs_eventually(" caches are synced "));
    // The watches and all other requests at the start use the result of one run.
    BOOST_TEST(runs() == 1);
    auto cr = serve({ns});

    // The next run returns a new token. The token works, and the watches continue.
    auto const mark = audit.mark();
    renew_token(folder / "token");
    auto const has_run_thrice = [&]() -> verdict { return runs() >= 3; };
    BOOST_TEST(eventually(has_run_thrice, seconds(40)));
    cr.password = "after that";
    edit(cr, R"({"docker":{"password":"after that"}})");
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    auto const life = std::chrono::duration_cast<seconds>(steady_clock::now() - started);
    BOOST_TEST(runs() <= life.count() / 9 + 2);
    BOOST_TEST(count_calls(audit.since(mark), is_watch) == 0u);
    BOOST_TEST(logs(" info renewed the credentials for the API server changed=token "));
    BOOST_TEST(!contains(log(), "Unauthorized"), log());
    BOOST_TEST(!contains(log(), content_of(folder / "token")));
}

BOOST_AUTO_TEST_CASE(failing_plugin_is_reported_and_run_again)
{
    write_plugin(seconds(600));
    auto const ns = make_namespace();
    start(plugin_kubeconfig());
    auto const complaint = "plugin' ended with status 1: log in first";
    BOOST_TEST(logs_eventually(complaint));
    BOOST_TEST(program->is_running());
    let_pass(seconds(2));
    BOOST_TEST(runs() == 1);
    renew_token(folder / "token");
    BOOST_TEST(logs_eventually(" caches are synced ", seconds(40)));
    serve({ns});
}

BOOST_AUTO_TEST_CASE(plugin_is_run_again_when_its_credential_is_refused)
{
    write_plugin(seconds(3600));
    std::string const useless = "of-no-use";
    remember_secret(useless);
    replace(folder / "token", useless);
    start(plugin_kubeconfig());
    BOOST_TEST(logs_eventually("Unauthorized"));
    renew_token(folder / "token");
    BOOST_TEST(logs_eventually(" caches are synced ", seconds(40)));
    BOOST_TEST(!contains(log(), useless));
    auto const ns = make_namespace();
    serve({ns});
}

BOOST_AUTO_TEST_CASE(token_replaced_under_load_loses_no_write)
{
    auto const where = make_namespaces(5);
    auto cr = serve(where);
    auto const log_mark = controller.mark();
    auto const calls_mark = audit.mark();
    int edits = 0;
    // All passwords begin with this text, so that the search for secrets finds each password.
    std::string const passwords = "loaded.password.";
    remember_secret(passwords);
    background editor(
        control_plane.kubeconfig(),
        [&](cluster& other_client)
        {
            auto const password = passwords + std::to_string(++edits);
            other_client.patch(
                image_pull_secrets, {}, cr.name, R"({"spec":{"docker":{"password":")" + password + "\"}}}"
            );
        }
    );
    std::string const words = " info renewed the credentials for the API server changed=token ";
    for (std::size_t turn = 1; turn <= 3; ++turn)
    {
        control_plane.run({"service-account", home, account, control_plane.folder() / "controller-account"});
        auto const is_renewed = [&]() -> verdict
        { return occurrences(controller.log(log_mark), words) == turn; };
        BOOST_TEST(eventually(is_renewed, renewal_limit), controller.log(log_mark));
    }
    BOOST_TEST(editor.stop() == "");
    BOOST_TEST(edits > 100);

    cr.password = "the last one";
    edit(cr, R"({"docker":{"password":"the last one"}})");
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    auto const calls = audit.since(calls_mark);
    BOOST_TEST(count_calls(calls, is_watch) == 0u);
    BOOST_TEST(count_calls(calls, [](auto const& call) { return call.status == 401; }) == 0u);
    BOOST_TEST(controller.complaints(log_mark, "Unauthorized").empty(), controller.log(log_mark));
}

BOOST_AUTO_TEST_CASE(client_certificate_is_replaced_before_it_expires)
{
    auto const put = [&](login_pems const& login)
    {
        replace(folder / "me.crt", login.certificate);
        replace(folder / "me.key", login.key);
    };
    put(issue_certificate(control_plane, "it-identity", seconds(3600)));
    auto const ns = make_namespace();
    start(kubeconfig("client-certificate: me.crt, client-key: me.key"));
    BOOST_TEST_REQUIRE(logs_eventually(" caches are synced "));
    auto cr = serve({ns});

    // The certificate with the short life is put only now, because the start may take long.
    constexpr seconds short_life{30};
    auto const short_one_ends = steady_clock::now() + short_life;
    put(issue_certificate(control_plane, "it-identity", short_life));
    std::string const words =
        " info renewed the credentials for the API server changed=\"client certificate\" ";
    BOOST_TEST_REQUIRE(logs_eventually(words));
    put(issue_certificate(control_plane, "it-identity", seconds(3600)));
    auto const is_renewed_again = [&]() -> verdict { return occurrences(log(), words) == 2u; };
    BOOST_TEST_REQUIRE(eventually(is_renewed_again, renewal_limit), log());
    while (steady_clock::now() < short_one_ends + seconds(2))
        let_pass(seconds(1));
    auto const mark = audit.mark();
    cr.password = "after that";
    edit(cr, R"({"docker":{"password":"after that"}})");
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    auto const calls = audit.since(mark);
    auto const is_ours = [](auto const& call) { return call.user == "it-identity" && call.is_write(); };
    BOOST_TEST(count_calls(calls, is_ours) >= 1u, text_of(calls));
    BOOST_TEST(!contains(log(), "Unauthorized"), log());
}

BOOST_AUTO_TEST_CASE(client_certificate_that_expired_is_replaced_at_once)
{
    auto const put = [&](login_pems const& login)
    {
        replace(folder / "me.crt", login.certificate);
        replace(folder / "me.key", login.key);
    };
    put(issue_certificate(control_plane, "it-identity", seconds(3600)));
    auto const ns = make_namespace();
    start(kubeconfig("client-certificate: me.crt, client-key: me.key"));
    BOOST_TEST_REQUIRE(logs_eventually(" caches are synced "));
    auto cr = serve({ns});
    put(issue_certificate(control_plane, "it-identity", seconds(20)));
    auto const is_refused = [&]
    {
        edit(cr, "{\"docker\":{\"password\":\"" + fresh_name() + "\"}}");
        return logs("Unauthorized");
    };
    BOOST_TEST(eventually(is_refused, seconds(40)));

    put(issue_certificate(control_plane, "it-identity", seconds(3600)));
    cr.password = "after that";
    edit(cr, R"({"docker":{"password":"after that"}})");
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
}

BOOST_AUTO_TEST_SUITE_END()
