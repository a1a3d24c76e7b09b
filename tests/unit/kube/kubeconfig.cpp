// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/config.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>
#include <boost/version.hpp>

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>

namespace kubeconfig_test
{

namespace fs = std::filesystem;
using namespace tcr;

constexpr char ca_pem[] = "-----BEGIN CERTIFICATE-----\nY2E=\n-----END CERTIFICATE-----\n";
constexpr char cert_pem[] = "-----BEGIN CERTIFICATE-----\nY2VydA==\n-----END CERTIFICATE-----\n";
constexpr char key_pem[] = "-----BEGIN PRIVATE KEY-----\na2V5\n-----END PRIVATE KEY-----\n";

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

#define CHECK_CONTAINS(text, part) BOOST_TEST(contains(text, part), text)

/// A temporary folder, and an environment without Kubernetes variables.
struct fixture
{
    fs::path folder;

    fixture()
    {
        std::string name = (fs::temp_directory_path() / "kubeconfig-XXXXXX").string();
        BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
        folder = name;
        for (auto const* variable :
             {"KUBECONFIG",
              "KUBERNETES_SERVICE_HOST",
              "KUBERNETES_SERVICE_PORT",
              "HTTPS_PROXY",
              "https_proxy",
              "NO_PROXY",
              "no_proxy"})
            unsetenv(variable);
    }

    ~fixture()
    {
        std::error_code ec;
        fs::remove_all(folder, ec);
    }

    static void set(char const* name, std::string const& value) { setenv(name, value.c_str(), 1); }

    fs::path write(std::string const& name, std::string_view content) const
    {
        auto const path = folder / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

    /// Loads a kubeconfig with this content, which must be usable.
    kube::cluster_config read(std::string_view content, std::string const& context = {}) const
    {
        auto const outcome = kube::load_kubeconfig({write("config", content)}, context);
        BOOST_REQUIRE_MESSAGE(outcome, (outcome ? "" : outcome.error().detail));
        return *outcome;
    }

    /// The error text for a kubeconfig with this content. Checks that the text names the file.
    std::string failure(std::string_view content, std::string const& context = {}) const
    {
        auto const text = sentence(kube::load_kubeconfig({write("config", content)}, context));
        BOOST_TEST(text.starts_with("kubeconfig " + (folder / "config").string()), text);
        return text;
    }

    /// Each case is a kubeconfig's content, which must be refused, and a part of the expected error text.
    void refused(std::vector<std::pair<std::string, std::string>> const& cases) const
    {
        for (auto const& [content, part] : cases)
            CHECK_CONTAINS(failure(content), part);
    }

    static std::string sentence(result<kube::cluster_config> const& outcome)
    {
        BOOST_REQUIRE(outcome.has_error());
        BOOST_TEST(outcome.error().code == make_error_code(kube::errc::bad_config));
        return outcome.error().detail;
    }

    /// Sets the environment variables of a pod and makes the folder of its account.
    void enter_pod()
    {
        set("KUBERNETES_SERVICE_HOST", "10.96.0.1");
        set("KUBERNETES_SERVICE_PORT", "443");
        set("TCR_ASSISTANT_SERVICE_ACCOUNT_DIR", (folder / "account").string());
        write("account/token", "pod-token\n");
        write("account/ca.crt", ca_pem);
        write("account/namespace", "registry\n");
    }
};

/// A kubeconfig with one context. `cluster` and `user` are the lines of the two mappings, each line indented
/// by four blanks.
std::string config_of(std::string const& cluster, std::string const& user = "    token: abc\n")
{
    return "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
           "contexts:\n- name: main\n  context: {cluster: one, user: admin, namespace: apps}\n"
           "clusters:\n- name: one\n  cluster:\n" +
           cluster + "users:\n- name: admin\n  user:\n" + user;
}

std::string const server = "    server: https://host:6443\n";

std::string with_user(std::string const& user)
{
    return config_of(server, user);
}

std::string data(char const* field, char const* pem)
{
    return "    " + std::string(field) + "-data: " + base64_encode(pem) + "\n";
}

using paths = std::vector<fs::path>;

paths read_from(kube::cluster_config const& config)
{
    paths files;
    for (auto const& file : config.files)
    {
        BOOST_TEST((file.stamp == stamp_of(file.path)), file.path);
        files.push_back(file.path);
    }
    return files;
}

/// A kubeconfig with an exec plugin. `fields` are its fields except apiVersion and command, in flow style.
std::string with_exec(std::string const& fields, std::string const& command = "get-token")
{
    return config_of(
        server,
        "    exec: {apiVersion: client.authentication.k8s.io/v1, command: " + command +
            (fields.empty() ? "" : ", ") + fields + "}\n"
    );
}

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    return text.replace(text.find(from), from.size(), to);
}

BOOST_FIXTURE_TEST_SUITE(kube_config, fixture)

BOOST_AUTO_TEST_CASE(complete_file_is_read)
{
    auto const cluster = server + "    tls-server-name: kubernetes\n" + data("certificate-authority", ca_pem);
    auto const user = data("client-certificate", cert_pem) + data("client-key", key_pem);
    auto const config = read(config_of(cluster, user + "    token: ' abc '\n"));
    BOOST_TEST(config.server.host == "host");
    BOOST_TEST(config.server.port == "6443");
    BOOST_TEST(config.server.tls_server_name == "kubernetes");
    BOOST_TEST((config.server.verify_server && config.tls.verify_server));
    BOOST_TEST(config.tls.ca_pem == ca_pem);
    BOOST_TEST(config.tls.certificate_pem == cert_pem);
    BOOST_TEST(config.tls.key_pem == key_pem);
    BOOST_TEST(config.bearer_token == "abc");
    BOOST_TEST(!config.exec.has_value());
    BOOST_TEST(config.source == "kubeconfig " + (folder / "config").string() + ", context main");
}

BOOST_AUTO_TEST_CASE(unreadable_files_are_distinguished)
{
    auto const load_path = [](fs::path const& path) { return sentence(kube::load_kubeconfig({path}, "")); };
    CHECK_CONTAINS(load_path(folder / "none"), (folder / "none").string() + " does not exist; ");
    CHECK_CONTAINS(load_path(folder), "is not a regular file");
    auto content = config_of(server) + "#";
    content.resize(1 << 20, 'x');
    BOOST_TEST(read(content).bearer_token == "abc");
    CHECK_CONTAINS(failure(content + 'x'), " is larger than 1 MiB; ");
    fs::permissions(folder / "config", fs::perms::none);
    if (geteuid() != 0)  // root can read the file in spite of its permissions
        CHECK_CONTAINS(load_path(folder / "config"), "cannot be read: Permission denied; ");
}

BOOST_AUTO_TEST_CASE(other_files_are_refused)
{
    refused({
        {"", ": is empty; "},
        {"# nothing\n", ": is empty; "},
        {"a: b\nc: [d\n", ": is not YAML: "},
        {"a: b\n\tc: d\n", ", line 2: is not YAML: "},
        {std::string(3000, '['), ", line 1: is nested more than 64 deep; "},
        {",\n", ", line 1: is not YAML: no value begins with this character; "},
        {"%\n", ", line 1: is not YAML: no document begins there; "},
        {"a: b\n---\nc: d\n", ", line 2: a second document; "},
        {"hello", ", line 1: is not a mapping"},
        {"- a\n- b\n", ", line 1: is not a mapping"},
        {"kind: Pod\n", ", line 1, field 'kind': is 'Pod', not 'Config'"},
        {"kind: [Config]\n", ", line 1, field 'kind': is not a text"},
        {"kind: Config\napiVersion: v2\n", ", line 2, field 'apiVersion': is 'v2'"},
        {"token: \"s3cret\\q\"\n", ": is not YAML: unknown escape character; "},
    });
}

BOOST_AUTO_TEST_CASE(missing_current_context_lists_contexts)
{
    std::string const contexts = "contexts:\n- {name: a, context: {}}\n- {name: b, context: {}}\n";
    std::string many = "contexts:\n";
    for (int i = 0; i < 25; ++i)
        many += "- {name: c" + std::to_string(i) + "}\n";
    refused({
        {contexts, "field 'current-context': is missing (of contexts, there are: 'a', 'b')"},
        {"current-context: ''\n" + contexts, ", line 1, field 'current-context': is missing"},
        {"kind: Config\n", "field 'current-context': is missing (of contexts, there are none)"},
        {many, ", 'c18', 'c19' and 5 more)"},
    });
}

BOOST_AUTO_TEST_CASE(unknown_name_lists_the_known_ones)
{
    auto const text = config_of(server);
    auto const no_context = replaced(text, "current-context: main", "current-context: gone");
    BOOST_TEST(read(no_context, "main").bearer_token == "abc");
    CHECK_CONTAINS(failure(text, "other"), "there is no context 'other' in contexts (there are: 'main')");
    refused({
        {no_context, ", line 3, field 'current-context': there is no context 'gone'"},
        {replaced(text, "cluster: one", "cluster: two"),
         ", line 6, context 'main', field 'cluster': there is no cluster 'two' in clusters (there are: "
         "'one')"},
        {replaced(text, "user: admin", "user: guest"),
         ", line 6, context 'main', field 'user': there is no user 'guest' in users (there are: 'admin')"},
        {replaced(text, "user: admin", "user: ''"),
         ", line 6, context 'main', field 'user': is missing (of users, there are: 'admin')"},
    });
}

BOOST_AUTO_TEST_CASE(malformed_lists_are_refused)
{
    std::string const start = "current-context: a\ncontexts:";
    refused({
        {start + " {a: b}\n", ", line 2, field 'contexts': is not a list; "},
        {start + "\n- a\n", ", line 3, field 'contexts': an entry is not a mapping; "},
        {start + "\n- [a]\n", ", line 3, field 'contexts': an entry is not a mapping; "},
        {start + "\n- name: [a]\n", ", an entry of contexts, field 'name': is not a text"},
        {start + "\n- name: a\n", ", context 'a', field 'context': is missing or not a mapping"},
        {start + "\n- {name: a, context: [b]}\n", ", context 'a', field 'context': is missing or not"},
        {start + "\n- {name: a}\n- {name: a}\n", "two entries are named 'a'; "},
    });
}

BOOST_AUTO_TEST_CASE(only_unknown_fields_may_be_repeated)
{
    BOOST_TEST(read(config_of(server + "    x: 1\n    x: 2\n    ? [a]\n    : b\n")).server.host == "host");
    refused({{config_of(server + server), "cluster 'one', field 'server': occurs more than once; "}});
}

BOOST_AUTO_TEST_CASE(names_and_tokens_that_look_like_numbers_stay_text)
{
    auto const config = read(
        "current-context: 007\n"
        "contexts: [{name: 007, context: {cluster: 1e3, user: true, namespace: 0x10}}]\n"
        "clusters: [{name: 1e3, cluster: {server: 'https://h'}}]\n"
        "users: [{name: true, user: {token: 00123}}]\n"
    );
    BOOST_TEST(config.bearer_token == "00123");
    BOOST_TEST(config.source.ends_with("context 007"));
}

BOOST_AUTO_TEST_CASE(json_is_read)
{
    auto const certificates = base64_encode(ca_pem + std::string(5000, '\n'));
    auto const config = read(
        "{\n\t\"kind\":\"Config\",\"current-context\":\"a\",\n\t\"contexts\":[{\"name\":\"a\",\"context\":"
        "{\"cluster\":\"b\",\"user\":\"c\"}}],\n\t\"clusters\":[{\"name\":\"b\",\"cluster\":{\"server\":"
        "\"https:\\/\\/h:1\",\"certificate-authority-data\":\"" +
        certificates + "\"}}],\n\t\"users\":[{\"name\":\"c\",\"user\":{\"token\":\"t\"}}]\n}\n"
    );
    BOOST_TEST(config.server.host == "h");
    BOOST_TEST(config.tls.ca_pem.starts_with(ca_pem));
    BOOST_TEST(config.bearer_token == "t");
}

BOOST_AUTO_TEST_CASE(server_forms)
{
    std::vector<std::pair<std::string, std::string>> const cases{
        {"https://host", "host 443 "},
        {"HTTPS://host:/", "host 443 "},
        {"https://10.0.0.1:6443/", "10.0.0.1 6443 "},
        {"https://[fd00::1]:6443", "fd00::1 6443 "},
        {"https://[::1]", "::1 443 "},
        {"https://rancher.example.com/k8s/clusters/c-abc12", "rancher.example.com 443 /k8s/clusters/c-abc12"},
        {"https://[fd00::1]:8443/a%20b//", "fd00::1 8443 /a%20b"},
        {"https://host//", "host 443 "},
    };
    for (auto const& [url, expected] : cases)
    {
        auto const& found = read(config_of("    server: '" + url + "'\n")).server;
        BOOST_TEST(found.host + " " + found.port + " " + found.base_path == expected);
    }
}

BOOST_AUTO_TEST_CASE(unusable_servers_are_refused_with_a_remedy)
{
    // In Boost 1.83, the URL parser refuses a port that is not a number.
    constexpr auto not_a_number = BOOST_VERSION < 108300 ? "the port is not a number from 1 to 65535"
                                                         : "is not a URL; write https://HOST:PORT";
    std::pair<char const*, char const*> const cases[] = {
        {"", "is missing; write https://HOST:PORT"},
        {"http://host:8080", "only https is supported"},
        {"host:6443", "only https is supported"},
        {"10.0.0.1:6443", "is not a URL; write https://HOST:PORT"},
        {"https://host/a b", "is not a URL"},
        {"https://host?x=y", "a query or fragment"},
        {"https://host/path#x", "a query or fragment"},
        {"https://host:x", not_a_number},
        {"https://joe@host", "a user name or password in server is not supported"},
        {"https://host:0", "the port is not a number from 1 to 65535"},
        {"https://host:65536", "the port is not a number from 1 to 65535"},
        {"https://:6443", "names no usable host"},
        {"https://a%20b", "names no usable host"},
        {"https://[fd00::1", "is not a URL"},
    };
    for (auto const& [url, part] : cases)
        CHECK_CONTAINS(
            failure(config_of("    server: '" + std::string(url) + "'\n")),
            ", line 10, cluster 'one', field 'server': " + std::string(part)
        );
    refused({{config_of("    x: y\n"), "cluster 'one', field 'server': is missing"}});
}

BOOST_AUTO_TEST_CASE(insecure_server_is_not_verified)
{
    auto const flag = server + "    insecure-skip-tls-verify: ";
    auto const config = read(config_of(flag + "true\n"));
    BOOST_TEST(!config.server.verify_server);
    BOOST_TEST(!config.tls.verify_server);
    refused({
        {config_of(flag + "true\n" + data("certificate-authority", ca_pem)),
         ", line 11, cluster 'one', field 'insecure-skip-tls-verify': cannot be true if"},
        {config_of(flag + "maybe\n"), "neither true nor false"},
    });
}

BOOST_AUTO_TEST_CASE(relative_paths_start_at_the_folder_of_the_file)
{
    write("pki/ca.crt", ca_pem);
    write("pki/me.crt", cert_pem);
    auto const key = write("pki/me.key", key_pem).string();
    write("token", "from-file\n");
    auto const config = read(config_of(
        server + "    certificate-authority: pki/ca.crt\n",
        "    client-certificate: pki/me.crt\n    client-key: " + key + "\n    tokenFile: token\n"
    ));
    BOOST_TEST(config.tls.ca_pem == ca_pem);
    BOOST_TEST(config.tls.certificate_pem == cert_pem);
    BOOST_TEST(config.tls.key_pem == key_pem);
    BOOST_TEST(config.bearer_token == "from-file");
}

BOOST_AUTO_TEST_CASE(data_has_precedence_over_a_file)
{
    auto const config = read(config_of(
        server + "    certificate-authority: gone\n" + data("certificate-authority", ca_pem),
        "    client-key: gone\n" + data("client-key", key_pem) + data("client-certificate", cert_pem)
    ));
    BOOST_TEST(config.tls.ca_pem == ca_pem);
    BOOST_TEST(config.tls.key_pem == key_pem);
}

BOOST_AUTO_TEST_CASE(broken_certificates_are_refused)
{
    write("ca.crt", "no pem");
    auto const authority = server + "    certificate-authority";
    auto const encrypted = data("client-key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
    auto const missing = "the named file (from the folder " + folder.string() + ") does not exist; ";
    refused({
        {config_of(authority + "-data: '***'\n"),
         ", line 11, cluster 'one', field 'certificate-authority-data': is not base64; "},
        {config_of(authority + ": gone\n"), "field 'certificate-authority': " + missing},
        {config_of(authority + ": ca.crt\n"), "contains no '-----BEGIN CERTIFICATE-----' line"},
        {config_of(server + data("certificate-authority", key_pem)), "contains no '-----BEGIN CERTIFICATE"},
        {with_user(data("client-key", cert_pem)), "PRIVATE KEY-----' line; "},
        {with_user(encrypted), "field 'client-key-data': is a key with a password"},
        {with_user(data("client-certificate", cert_pem)), ", user 'admin', field 'client-key': is missing"},
        {with_user(data("client-key", key_pem)), ", user 'admin', field 'client-certificate': is missing"},
    });
}

BOOST_AUTO_TEST_CASE(token_file_has_precedence_over_token)
{
    write("token", "from-file");
    write("blank", " \n");
    auto const config = read(with_user("    token: fixed\n    tokenFile: token\n"));
    BOOST_TEST(config.bearer_token == "from-file");
    refused({
        {with_user("    tokenFile: blank\n"), "field 'tokenFile': contains no token"},
        {with_user("    tokenFile: /gone\n"), "field 'tokenFile': the named file does not exist"},
        {with_user("    token: \"a\\r\\nX-B: c\"\n"),
         ", line 14, user 'admin', field 'token': contains a blank"},
    });
}

BOOST_AUTO_TEST_CASE(blank_fields_count_as_absent)
{
    auto const config = read(with_user("    {token: null, exec: null, username: '', as-groups: []}\n"));
    BOOST_TEST(config.bearer_token.empty());
    BOOST_TEST(config.tls.key_pem.empty());
}

BOOST_AUTO_TEST_CASE(unsupported_fields_are_refused_by_name)
{
    auto const fields =
        "auth-provider: {name: gcp}|username: joe|password: s3cret|as: joe|as-uid: 1|"
        "as-groups: [a]|as-user-extra: {a: [b]}";
    for (auto field : split_names(fields, '|'))
    {
        auto const text = failure(with_user("    " + std::string(field) + "\n"));
        auto const name = std::string(field.substr(0, field.find(':')));
        CHECK_CONTAINS(text, ", line 14, user 'admin', field '" + name + "': ");
        CHECK_CONTAINS(text, "not supported; ");
    }
}

BOOST_AUTO_TEST_CASE(proxy_of_a_cluster_is_read)
{
    auto const proxied = [](std::string const& url)
    { return config_of(server + "    proxy-url: " + url + "\n"); };
    BOOST_TEST(!read(config_of(server)).server.proxy.has_value());
    BOOST_TEST(!read(proxied("''")).server.proxy.has_value());
    auto const proxy = read(proxied("http://joe:hunter2@proxy:3128")).server.proxy.value();
    BOOST_TEST(proxy.authority() == "proxy:3128");
    BOOST_TEST(proxy.authorization == "Basic am9lOmh1bnRlcjI=");
    refused({
        {proxied("socks5://joe:s3cret@proxy"),
         ", line 11, cluster 'one', field 'proxy-url': does not begin with http://"},
        {proxied("http://joe:s3cret@proxy:x"), "field 'proxy-url': is not the URL of a proxy; "},
    });
    BOOST_TEST(!contains(failure(proxied("http://joe:s3cret@proxy:x")), "s3cret"));
}

BOOST_AUTO_TEST_CASE(proxy_of_the_environment_is_used_unless_the_cluster_names_one)
{
    auto const plain = write("plain", config_of(server));
    auto const proxied = write("proxied", config_of(server + "    proxy-url: http://own\n"));
    auto const proxy_in = [](fs::path const& file)
    {
        auto const config = kube::load_config({file, ""}).value();
        return config.server.proxy ? config.server.proxy->host : std::string("none");
    };
    BOOST_TEST(proxy_in(plain) == "none");
    set("HTTPS_PROXY", "http://general:3128");
    BOOST_TEST(proxy_in(plain) == "general");
    BOOST_TEST(proxy_in(proxied) == "own");
    set("NO_PROXY", "host:6443");
    BOOST_TEST(proxy_in(plain) == "none");
    BOOST_TEST(proxy_in(proxied) == "own");
    set("NO_PROXY", "");
    enter_pod();
    BOOST_TEST(kube::load_config({})->server.proxy.value().host == "general");
    set("NO_PROXY", "10.96.0.0/12");
    BOOST_TEST(!kube::load_config({})->server.proxy.has_value());
    set("HTTPS_PROXY", "socks5://joe:s3cret@proxy");
    BOOST_TEST(!kube::load_config({})->server.proxy.has_value());
    BOOST_TEST(proxy_in(proxied) == "own");
    set("NO_PROXY", "");
    auto const text = sentence(kube::load_config({}));
    CHECK_CONTAINS(text, "HTTPS_PROXY does not begin with http://");
    BOOST_TEST(!contains(text, "s3cret"));
}

BOOST_AUTO_TEST_CASE(files_are_listed_in_the_order_of_reading)
{
    write("pki/ca.crt", ca_pem);
    write("me.crt", cert_pem);
    write("me.key", key_pem);
    write("token", "from-file\n");
    auto const config = read(config_of(
        server + "    certificate-authority: pki/ca.crt\n",
        "    client-certificate: me.crt\n    client-key: me.key\n    tokenFile: token\n"
    ));
    BOOST_TEST((
        read_from(config) ==
        paths{
            folder / "config", folder / "pki/ca.crt", folder / "me.crt", folder / "me.key", folder / "token"}
    ));
    BOOST_TEST((read_from(read(config_of(server))) == paths{folder / "config"}));
}

BOOST_AUTO_TEST_CASE(exec_plugin_is_read)
{
    auto const plain = read(with_exec("")).exec.value();
    BOOST_TEST(plain.api_version == "client.authentication.k8s.io/v1");
    BOOST_TEST(plain.command == "get-token");
    BOOST_TEST((plain.arguments.empty() && plain.environment.empty() && plain.install_hint.empty()));
    BOOST_TEST(!plain.provide_cluster_info);

    auto const full = read(with_exec(
        "args: [get, 007, ''], env: [{name: A, value: b=c}, {name: EMPTY}], installHint: 'see the docs', "
        "provideClusterInfo: true, interactiveMode: IfAvailable"
    ));
    auto const& exec = full.exec.value();
    BOOST_TEST((exec.arguments == std::vector<std::string>{"get", "007", ""}));
    BOOST_TEST((exec.environment == std::vector<std::string>{"A=b=c", "EMPTY="}));
    BOOST_TEST(exec.install_hint == "see the docs");
    BOOST_TEST(exec.provide_cluster_info);
    BOOST_TEST(full.bearer_token.empty());

    BOOST_TEST(read(with_exec("", "/bin/get-token")).exec->command == "/bin/get-token");
    BOOST_TEST(read(with_exec("", "bin/get-token")).exec->command == folder / "bin/get-token");
    BOOST_TEST(read(with_exec("", "./get-token")).exec->command == folder / "./get-token");
    auto const older = replaced(with_exec("interactiveMode: Never"), "k8s.io/v1", "k8s.io/v1beta1");
    BOOST_TEST(read(older).exec->api_version == "client.authentication.k8s.io/v1beta1");
}

BOOST_AUTO_TEST_CASE(unusable_exec_plugins_are_refused)
{
    std::string const user = ", user 'admin', exec, field '";
    refused({
        {with_user("    exec: get-token\n"), ", line 14, user 'admin', field 'exec': is not a mapping; "},
        {with_user("    exec: {command: a}\n"), user + "apiVersion': is missing; "},
        {replaced(with_exec(""), "k8s.io/v1", "k8s.io/v1alpha1"),
         ", line 14" + user +
             "apiVersion': is 'client.authentication.k8s.io/v1alpha1', which is not supported; "},
        {with_exec("", "''"), user + "command': is missing; "},
        {with_exec("args: a"), user + "args': is not a list; "},
        {with_exec("args: [[a]]"), user + "args': an entry is not a text; "},
        {with_exec("env: [{value: b}]"), user + "env': an entry has no usable name; "},
        {with_exec("env: [{name: a=b, value: b}]"), user + "env': an entry has no usable name; "},
        {with_exec("env: [a]"), user + "env': an entry has no usable name; "},
        {with_exec("interactiveMode: Always"),
         user + "interactiveMode': is 'Always', but there is no terminal"},
        {with_exec("interactiveMode: maybe"), user + "interactiveMode': is neither Never nor IfAvailable; "},
        {with_exec("") + "    token: abc\n", ", user 'admin', field 'exec': cannot be combined with token; "},
        {with_exec("") + data("client-certificate", cert_pem) + data("client-key", key_pem),
         "field 'exec': cannot be combined with client-certificate-data; "},
        {replaced(with_exec("provideClusterInfo: true"), server, server + "    extensions: [{name: a}]\n"),
         ", cluster 'one', field 'extensions': cannot be passed to the user's exec plugin; "},
    });
    BOOST_TEST(
        read(replaced(with_exec(""), server, server + "    extensions: [{name: a}]\n")).exec.has_value()
    );
}

BOOST_AUTO_TEST_CASE(exec_plugin_gets_the_proxy_if_it_gets_the_cluster)
{
    auto const proxied = server + "    proxy-url: http://proxy:3128\n";
    auto const informed = replaced(with_exec("provideClusterInfo: true"), server, proxied);
    BOOST_TEST(read(informed).exec->proxy_url == "http://proxy:3128");
    BOOST_TEST(read(replaced(with_exec(""), server, proxied)).exec->proxy_url.empty());
}

BOOST_AUTO_TEST_CASE(credentials_are_not_shown)
{
    auto const fields =
        "client-key: s3cret!|client-key-data: s3cret!|client-certificate: s3cret!|tokenFile: s3cret!|"
        "token: [s3cret]|token: s3cret b|token: *s3cret|password: s3cret";
    for (auto field : split_names(fields, '|'))
        BOOST_TEST(!contains(failure(with_user("    " + std::string(field) + "\n")), "s3cret"), field);
    BOOST_TEST(!contains(failure(with_user("    tokenFile: " + std::string(5000, 's'))), "sss"));
    auto const open_quote = replaced(with_user("    token: s3cret'\n"), "- name: admin", "- name: 'admin");
    BOOST_TEST(!contains(failure(open_quote), "s3cret"));
    BOOST_TEST(!contains(failure(config_of("    server: https://joe:s3cret@host\n")), "s3cret"));
}

BOOST_AUTO_TEST_CASE(configuration_of_a_pod_is_read)
{
    enter_pod();
    auto config = kube::load_in_cluster().value();
    BOOST_TEST(config.server.host == "10.96.0.1");
    BOOST_TEST(config.server.port == "443");
    BOOST_TEST(config.tls.ca_pem == ca_pem);
    BOOST_TEST(config.bearer_token == "pod-token");
    BOOST_TEST(
        (read_from(config) ==
         paths{folder / "account/token", folder / "account/ca.crt", folder / "account/namespace"})
    );
    BOOST_TEST(config.pod_namespace == "registry");
    BOOST_TEST(config.source == "service account " + (folder / "account").string());
    set("KUBERNETES_SERVICE_HOST", "fd00::1");
    fs::remove(folder / "account/namespace");
    config = kube::load_in_cluster().value();
    BOOST_TEST(config.server.host == "fd00::1");
    BOOST_TEST(config.pod_namespace.empty());
}

BOOST_AUTO_TEST_CASE(each_missing_part_of_a_pod_is_named)
{
    auto const account = (folder / "account/").string();
    std::vector<std::pair<std::function<void()>, std::string>> const cases{
        {[] { set("KUBERNETES_SERVICE_HOST", ""); }, "KUBERNETES_SERVICE_HOST is not set; "},
        {[] { set("KUBERNETES_SERVICE_PORT", ""); }, "KUBERNETES_SERVICE_PORT is not set; "},
        {[] { set("KUBERNETES_SERVICE_HOST", "https://h"); }, "is not a host name"},
        {[] { set("KUBERNETES_SERVICE_PORT", "x"); }, "is not a port"},
        {[&] { fs::remove(account + "token"); }, account + "token does not exist; "},
        {[&] { fs::remove(account + "ca.crt"); }, account + "ca.crt does not exist; "},
        {[&] { write("account/token", "\n"); }, account + "token contains no token; "},
        {[&] { write("account/ca.crt", "x"); }, account + "ca.crt contains no '-----BEGIN CERTIFICATE-----'"},
    };
    for (auto const& [break_it, part] : cases)
    {
        enter_pod();
        break_it();
        CHECK_CONTAINS(sentence(kube::load_in_cluster()), part);
    }
}

BOOST_AUTO_TEST_CASE(option_precedes_variable_and_variable_precedes_pod)
{
    enter_pod();
    auto const by_option = write("a", config_of(server, "    token: a\n"));
    auto const by_variable = write("b", config_of(server, "    token: b\n"));
    BOOST_TEST(kube::load_config({})->pod_namespace == "registry");
    set("KUBECONFIG", ":" + by_variable.string());
    BOOST_TEST(kube::load_config({})->bearer_token == "b");
    BOOST_TEST(kube::load_config({by_option, "main"})->bearer_token == "a");
    BOOST_TEST(kube::load_config({by_option, "main"})->default_namespace == "apps");
    CHECK_CONTAINS(sentence(kube::load_config({"", "other"})), "no context 'other'");
}

/// Lists of contexts, clusters and users in flow style, as `kubectl config set-…` could have written them.
std::string contexts_of(std::string const& name, std::string const& cluster, std::string const& user)
{
    return "contexts: [{name: " + name + ", context: {cluster: " + cluster + ", user: " + user + "}}]\n";
}
std::string clusters_of(std::string const& name, std::string const& fields)
{
    return "clusters: [{name: " + name + ", cluster: {" + fields + "}}]\n";
}
std::string users_of(std::string const& name, std::string const& fields)
{
    return "users: [{name: " + name + ", user: {" + fields + "}}]\n";
}

BOOST_AUTO_TEST_CASE(entries_of_several_files_are_combined)
{
    write("b/ca.crt", ca_pem);
    write("c/token", "from-c\n");
    auto const a = write("a/config", "kind: Config\n" + contexts_of("main", "one", "me"));
    auto const b = write(
        "b/config",
        "current-context: main\n" + clusters_of("one", "server: 'https://b', certificate-authority: ca.crt")
    );
    auto const c = write("c/config", "current-context: other\n" + users_of("me", "tokenFile: token"));
    set("KUBECONFIG", a.string() + ":" + b.string() + ":" + c.string());
    auto const config = kube::load_config({}).value();
    BOOST_TEST(config.server.host == "b");
    BOOST_TEST(config.tls.ca_pem == ca_pem);
    BOOST_TEST(config.bearer_token == "from-c");
    BOOST_TEST(
        config.source == "kubeconfig " + a.string() + ":" + b.string() + ":" + c.string() + ", context main"
    );
    BOOST_TEST((read_from(config) == paths{a, b, c, folder / "b/ca.crt", folder / "c/token"}));
}

BOOST_AUTO_TEST_CASE(first_file_with_a_name_decides)
{
    auto const first = write(
        "first",
        "current-context: main\n" + contexts_of("main", "one", "me") +
            clusters_of("one", "server: 'https://first'")
    );
    auto const second = write(
        "second",
        "current-context: other\n" + contexts_of("main", "two", "me") +
            clusters_of("one", "server: 'https://second', tls-server-name: x, proxy-url: 'http://p'") +
            users_of("me", "token: second")
    );
    auto const third =
        write("third", users_of("me", "token: third") + clusters_of("two", "server: 'https://third'"));
    auto const config = kube::load_kubeconfig({first, second, third}, "").value();
    BOOST_TEST(config.server.host == "first");
    // Values of the same entry in a later file do not count, not even those that the first file lacks.
    BOOST_TEST(config.server.tls_server_name.empty());
    BOOST_TEST(!config.server.proxy.has_value());
    BOOST_TEST(config.bearer_token == "second");
    auto const reverse = kube::load_kubeconfig({third, second, first}, "main").value();
    BOOST_TEST(reverse.server.host == "third");
    BOOST_TEST(reverse.bearer_token == "third");
}

BOOST_AUTO_TEST_CASE(missing_and_empty_files_are_ignored_if_another_exists)
{
    auto const there = write("there", config_of(server));
    auto const empty = write("empty", "# nothing\n");
    auto const gone = folder / "gone";
    auto const config = kube::load_kubeconfig({gone, empty, there}, "").value();
    BOOST_TEST(config.bearer_token == "abc");
    // The missing file is watched, too: it changes the configuration when it appears.
    BOOST_TEST((read_from(config) == paths{gone, empty, there}));
    CHECK_CONTAINS(
        sentence(kube::load_kubeconfig({gone, folder / "lost"}, "")),
        "kubeconfig " + gone.string() + ":" + (folder / "lost").string() + ": none of these files exists; "
    );
    set("KUBECONFIG", gone.string());
    CHECK_CONTAINS(sentence(kube::load_config({})), "kubeconfig " + gone.string() + " does not exist; ");
}

BOOST_AUTO_TEST_CASE(problems_of_several_files_name_the_file)
{
    auto const good = write("good", config_of(server)).string();
    auto const fails = [&](std::string const& content, std::string const& part)
    {
        auto const bad = write("bad", content);
        auto const text = sentence(kube::load_kubeconfig({bad, good}, ""));
        BOOST_TEST(text.starts_with("kubeconfig " + bad.string() + part), text);
    };
    fails("a: b\n\tc: d\n", ", line 2: is not YAML: ");
    fails("kind: Pod\n", ", line 1, field 'kind': is 'Pod', not 'Config'");
    fails(
        "current-context: gone\n",
        ", line 1, field 'current-context': there is no context 'gone' in contexts (there are: 'main')"
    );
    fails(clusters_of("one", "server: 'http://x'"), ", line 1, cluster 'one', field 'server': only https");
    fails(users_of("admin", "tokenFile: gone"), ", line 1, user 'admin', field 'tokenFile': the named file");
    auto const twice = "contexts:\n- {name: main}\n- {name: main}\n";
    fails(twice, ", line 1, field 'contexts': two entries are named 'main'; ");
    auto const context = "current-context: a\n" + contexts_of("a", "none", "admin");
    fails(
        context,
        ", line 2, context 'a', field 'cluster': there is no cluster 'none' in clusters (there are: 'one')"
    );
    auto const unknown = sentence(kube::load_kubeconfig({write("bad", context), good}, "b"));
    CHECK_CONTAINS(unknown, "there is no context 'b' in contexts (there are: 'a', 'main')");
}

BOOST_AUTO_TEST_CASE(missing_configuration_names_the_three_ways)
{
    auto const text = sentence(kube::load_config({}));
    CHECK_CONTAINS(text, "--kubeconfig");
    CHECK_CONTAINS(text, "KUBECONFIG=");
    CHECK_CONTAINS(text, "in a pod");
    CHECK_CONTAINS(sentence(kube::load_config({"", "x"})), "context 'x' needs a kubeconfig: give ");
    enter_pod();
    CHECK_CONTAINS(sentence(kube::load_config({"", "x"})), "the pod's service account is in use");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace kubeconfig_test
