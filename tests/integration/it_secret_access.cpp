// SPDX-License-Identifier: Apache-2.0

// The controller may access only pull Secrets with certain names. An attacker with its token reads no others.
#include "harness/fixture.hpp"
#include "harness/text.hpp"
#include <tcr/kube/errc.hpp>
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using std::chrono::seconds;

std::string const role_prefix = "tcr-assistant-secret-";
tcr::kube::resource const cluster_role_bindings{
    "rbac.authorization.k8s.io", "v1", "clusterrolebindings", false};

/// Time within which a grant takes effect. The controller asks every 3 s.
constexpr seconds grant_limit{10};

/// The controller has the rights of deploy/components/secrets-by-name, and those that the case grants.
struct by_name : fixture
{
    by_name()
    {
        static auto const installed = control_plane.run({"install", "--secrets-by-name"});
        static_cast<void>(installed);
    }
    ~by_name()
    {
        try
        {
            for (auto const& name : granted)
                revoke(name);
        }
        catch (std::exception const& e)
        {
            BOOST_ERROR(e.what());
        }
    }

    /// Runs `tcr-assistant rbac NAME` and applies its output.
    void grant(std::string const& cr_name)
    {
        auto const printed = run_command({program_under_test(), "rbac", cr_name});
        BOOST_TEST_REQUIRE(printed.status == 0, printed.err);
        control_plane.kubectl({"apply", "-f", "-"}, printed.out);
        granted.push_back(cr_name);
    }

    /// Also waits until the API server, which watches its own objects, refuses the access.
    void revoke(std::string const& cr_name)
    {
        api.remove(cluster_role_bindings, {}, role_prefix + cr_name);
        auto const secret = "secret/" + spec{.name = cr_name}.secret();
        auto const is_refused = [&]() -> verdict
        {
            std::string const account =
                "system:serviceaccount:tcr-assistant-system:tcr-assistant-controller-manager";
            return control_plane.try_kubectl({"auth", "can-i", "patch", secret, "--as=" + account})
                .out.starts_with("no");
        };
        BOOST_TEST(eventually(is_refused));
    }

    spec for_namespaces(std::vector<std::string> const& where)
    {
        spec cr;
        cr.name = fresh_name();
        cr.namespaces = list_of(where);
        return cr;
    }

    /// Grants the access and creates the ImagePullSecret.
    spec make_granted(std::vector<std::string> const& where)
    {
        auto const cr = for_namespaces(where);
        grant(cr.name);
        return make(cr);
    }

    std::optional<json::object> condition(spec const& cr, std::string const& type)
    {
        auto const conditions = at(api.get(image_pull_secrets, {}, cr.name), {"status", "conditions"});
        if (conditions.is_array())
            for (auto const& each : conditions.get_array())
                if (text_at(each.as_object(), {"type"}) == type)
                    return each.as_object();
        return std::nullopt;
    }

    verdict has_reason(spec const& cr, std::string const& type, std::string const& reason)
    {
        auto const found = condition(cr, type);
        auto const actual = found ? text_at(*found, {"reason"}) : std::string("no condition");
        return actual == reason ? verdict(true) : wrong(type + " has the reason " + actual);
    }

    verdict lacks_access(spec const& cr)
    {
        auto const ready = has_reason(cr, "Ready", "AccessNotGranted");
        return ready ? has_reason(cr, "Stalled", "AccessNotGranted") : ready;
    }

    /// The command at the end of the message of Ready.
    std::string command_of(spec const& cr)
    {
        auto const message = text_at(condition(cr, "Ready").value(), {"message"});
        std::string const before = "grant the access with: ";
        BOOST_TEST_REQUIRE(contains(message, before), message);
        return message.substr(message.find(before) + before.size());
    }

    /// A kubeconfig with the controller's token. \return its path
    std::string kubeconfig()
    {
        auto const file = control_plane.folder() / "controllers-account.kubeconfig";
        std::ofstream(file) << kubeconfig_text(
            "https://127.0.0.1:" + std::to_string(control_plane.apiserver_port()),
            controller.account_folder() / "ca.crt",
            "tokenFile: " + (controller.account_folder() / "token").string()
        );
        return file.string();
    }

    /// Runs a command of the program with the controller's rights.
    command_result command(std::vector<std::string> words, std::string const& input = {})
    {
        words.insert(words.begin(), program_under_test().string());
        words.insert(words.end(), {"--kubeconfig", kubeconfig()});
        return run_command(words, {}, input);
    }

    std::vector<std::string> granted;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(secret_access, by_name)

BOOST_AUTO_TEST_CASE(a_running_controller_goes_on_with_the_names_that_are_left)
{
    // The controller of the environment started with access to all Secrets.
    auto const where = make_namespaces(2);
    auto const kept = make_granted(where);
    auto const mark = controller.mark();
    // Without admission policies (before 1.30), the controller can create a Secret that it may not read. So
    // no request is refused, and only a restart shows the loss.
    if (minor_version() < 30)
    {
        controller.stop();
        controller.start();
    }
    auto const pid = controller.pid();
    auto const lost = make(for_namespaces({where[0]}));
    BOOST_TEST(eventually([&] { return lacks_access(lost); }));
    BOOST_TEST(controller.has_logged("accessing only Secrets with the granted names", mark));
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, kept); }));
    BOOST_TEST(unserved(where[0], lost));
    BOOST_TEST(controller.pid() == pid);
    BOOST_TEST(controller.health("/readyz").status == 200u);
    BOOST_TEST(controller.health("/healthz").status == 200u);
    BOOST_TEST(contains(controller.metrics().body, R"(tcr_assistant_watch_lag_seconds{resource="secrets"})"));
    BOOST_TEST(!contains(controller.metrics().body, "secrets/tcr.ips"));
}

BOOST_AUTO_TEST_CASE(the_command_in_the_message_grants_the_access)
{
    auto const where = make_namespaces(2);
    auto const other = make_granted(where);
    auto cr = make(for_namespaces(where));
    BOOST_TEST_REQUIRE(eventually([&] { return lacks_access(cr); }));
    BOOST_TEST(eventually([&] { return served(where[0], other); }));
    BOOST_TEST(unserved(where[0], cr));
    auto const pid = controller.pid();

    BOOST_TEST(command_of(cr) == "tcr-assistant rbac " + cr.name + " | kubectl apply -f -");
    grant(cr.name);
    BOOST_TEST(eventually([&] { return served(where[0], cr); }, grant_limit));
    BOOST_TEST(eventually([&] { return served(where[1], cr); }));
    BOOST_TEST(eventually([&] { return counts(cr, 2, 2); }));
    BOOST_TEST(eventually([&] { return has_reason(cr, "Stalled", "no condition"); }));
    BOOST_TEST(controller.pid() == pid);

    // The new ImagePullSecret works like any other: its password, Secrets, scope and deletion.
    cr.password = "second.password";
    edit(cr, R"({"docker":{"password":"second.password"}})");
    BOOST_TEST(eventually([&] { return served(where[0], cr); }));
    api.remove(secrets, where[0], cr.secret());
    BOOST_TEST(eventually([&] { return served(where[0], cr); }));
    api.patch(
        secrets, where[1], cr.secret(), R"({"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}})"
    );
    BOOST_TEST(eventually([&] { return served(where[1], cr); }));
    edit(cr, R"({"namespaces":")" + where[0] + "\"}");
    BOOST_TEST(eventually([&] { return unserved(where[1], cr); }));
    drop(cr);
    BOOST_TEST(eventually([&] { return unserved(where[0], cr); }));
    BOOST_TEST(served(where[0], other));
}

BOOST_AUTO_TEST_CASE(nothing_is_removed_when_the_access_is_revoked)
{
    auto const where = make_namespaces(2);
    auto cr = make_granted(where);
    for (auto const& ns : where)
        BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    BOOST_TEST_REQUIRE(eventually([&] { return has_reason(cr, "Ready", "Converged"); }));
    auto const before = cr;
    revoke(cr.name);
    cr.password = "second.password";
    edit(cr, R"({"docker":{"password":"second.password"}})");
    BOOST_TEST_REQUIRE(eventually([&] { return lacks_access(cr); }));
    edit(cr, R"({"namespaces":")" + where[0] + "\"}");
    let_pass(seconds(2));
    for (auto const& ns : where)
    {
        BOOST_TEST(served(ns, before));
        BOOST_TEST(references(ns) == std::vector{cr.secret()}, boost::test_tools::per_element());
    }

    grant(cr.name);
    BOOST_TEST(eventually([&] { return served(where[0], cr); }, grant_limit));
    BOOST_TEST(eventually([&] { return unserved(where[1], cr); }));
    BOOST_TEST(eventually([&] { return has_reason(cr, "Ready", "Converged"); }));
}

BOOST_AUTO_TEST_CASE(unlabeled_secrets_of_a_granted_name_are_found)
{
    auto const where = make_namespaces(2);
    auto cr = make_granted(where);
    for (auto const& ns : where)
        BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));

    // A restarted controller finds a Secret without its label. No watch by label shows it.
    controller.stop();
    api.patch(
        secrets, where[1], cr.secret(), R"({"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}})"
    );
    edit(cr, R"({"namespaces":")" + where[0] + "\"}");
    auto const mark = audit.mark();
    controller.start();
    BOOST_TEST(eventually([&] { return unserved(where[1], cr); }));
    auto const is_refused = [](auto const& call)
    { return call.is_by_controller() && call.resource == "secrets" && call.status == 403; };
    BOOST_TEST(count_calls(audit.since(mark), is_refused) == 0u);

    // The ImagePullSecret is deleted without access: the references stay until the access is granted.
    BOOST_TEST_REQUIRE(eventually([&] { return has_reason(cr, "Ready", "Converged"); }));
    revoke(cr.name);
    edit(cr, R"({"docker":{"password":"second.password"}})");
    BOOST_TEST_REQUIRE(eventually([&] { return lacks_access(cr); }));
    drop(cr);
    BOOST_TEST(eventually([&] { return !secret(where[0], cr); }));
    BOOST_TEST(references(where[0]) == std::vector{cr.secret()}, boost::test_tools::per_element());
    // While an ImagePullSecret lacks the access, the controller looks for grants.
    auto const waiting = make(for_namespaces({where[0]}));
    BOOST_TEST_REQUIRE(eventually([&] { return lacks_access(waiting); }));
    grant(cr.name);
    BOOST_TEST(eventually([&] { return unserved(where[0], cr); }, grant_limit));
}

BOOST_AUTO_TEST_CASE(commands_read_the_granted_names)
{
    auto const where = make_namespaces(2);
    auto const cr = make_granted({where[0]});
    auto const other = make(for_namespaces(where));
    BOOST_TEST_REQUIRE(eventually([&] { return served(where[0], cr); }));
    BOOST_TEST_REQUIRE(eventually([&] { return lacks_access(other); }));

    auto const explained = command({"explain", "-A"});
    BOOST_TEST(explained.status == 1, explained.err);
    BOOST_TEST(
        contains(explained.out, "the controller may not access Secret " + other.secret()), explained.out
    );
    BOOST_TEST(!contains(explained.out, cr.name), explained.out);

    auto wider = cr;
    wider.namespaces = list_of(where);
    auto const planned = command({"plan", "-f", "-"}, json::serialize(body_of(wider)));
    BOOST_TEST(planned.status == 0, planned.err + planned.out);
    BOOST_TEST(contains(planned.out, where[1]), planned.out);
    auto const refused = command({"plan", "-f", "-"}, json::serialize(body_of(other)));
    BOOST_TEST(
        contains(refused.out + refused.err, "tcr-assistant rbac " + other.name), refused.out + refused.err
    );
}

BOOST_AUTO_TEST_CASE(secrets_of_other_owners_are_recognized)
{
    auto const where = make_namespaces(3);
    auto const cr = for_namespaces(where);
    grant(cr.name);
    // The Secret of another owner, and the Secret that the original add-on made.
    api.create(secrets, where[0], opaque_secret_body(cr.secret(), "some.content"));
    api.create(secrets, where[1], docker_secret_body(cr.secret(), cr));
    make(cr);
    BOOST_TEST(eventually([&] { return served(where[1], cr); }));
    BOOST_TEST(eventually([&] { return served(where[2], cr); }));
    BOOST_TEST(eventually([&] { return has_reason(cr, "Conflicting", "ForeignSecret"); }));
    BOOST_TEST(text_at(*secret(where[0], cr), {"type"}) == "Opaque");
    BOOST_TEST(references(where[0]).empty());
}

BOOST_AUTO_TEST_SUITE_END()

namespace
{

/// An attacker with the token of the controller.
struct attacker : by_name
{
    attacker() : foreign(make_namespace())
    {
        auto const ours = make_granted({foreign});
        name = ours.secret();
        api.create(secrets, foreign, opaque_secret_body("foreign", "password.of.others"));
        BOOST_TEST_REQUIRE(eventually([&] { return served(foreign, ours); }));
        std::ifstream in(controller.account_folder() / "token");
        token.assign(std::istreambuf_iterator<char>(in), {});
    }

    struct answer
    {
        std::string status;
        std::string body;
    };

    /// Sends requests with the token over one connection. \return the HTTP status of each
    std::vector<std::string> statuses(
        std::vector<std::string> const& headers, std::vector<std::string> const& paths
    )
    {
        std::vector<std::string> words = headers;
        for (auto const& path : paths)
            words.insert(words.end(), {"--output", "/dev/null", server() + path});
        auto const out = curl(words);
        auto const lines = tcr::split_names(out, '\n');
        BOOST_TEST_REQUIRE(lines.size() == paths.size(), out);
        return {lines.begin(), lines.end()};
    }

    answer ask(std::vector<std::string> words, std::string const& path)
    {
        words.push_back(server() + path);
        auto const out = curl(words);
        auto const end = out.rfind('\n');
        return {out.substr(end + 1), out.substr(0, end)};
    }

    answer ask(std::string const& path) { return ask({}, path); }

    answer post(std::string const& path, json::value const& body)
    {
        return ask({"--header", "Content-Type: application/json", "--data", json::serialize(body)}, path);
    }

    std::string server() { return "https://127.0.0.1:" + std::to_string(control_plane.apiserver_port()); }

    std::string curl(std::vector<std::string> const& more)
    {
        std::vector<std::string> words{
            "curl",
            "--silent",
            "--globoff",
            "--noproxy",
            "*",
            "--max-time",
            "5",
            "--cacert",
            (controller.account_folder() / "ca.crt").string(),
            "--header",
            "Authorization: Bearer " + token,
            "--write-out",
            "\n%{http_code}"};
        words.insert(words.end(), more.begin(), more.end());
        return run_command(words).out;
    }

    std::string foreign;  ///< a namespace with a Secret "foreign" of another owner
    std::string name;     ///< the name of our Secret there
    std::string token;
};

using headers = std::vector<std::string>;

headers const as_metadata{"--header", "Accept: application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"};
headers const as_metadata_list{
    "--header", "Accept: application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"};
headers const as_table{"--header", "Accept: application/json;as=Table;g=meta.k8s.io;v=v1"};

/// Every kind of list and watch. NAME stands for "&fieldSelector=metadata.name=…", or for nothing.
std::string const lists[] = {
    "?limit=500NAME",
    "?resourceVersion=0NAME",
    "?labelSelector=app.kubernetes.io/managed-by=tcr-assistantNAME",
    "?labelSelector=!xNAME",
    "?watch=1&timeoutSeconds=1NAME",
    "?watch=1&timeoutSeconds=1&resourceVersion=0NAME",
    "?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks="
    "trueNAME"};

std::string with_name(std::string text, std::string const& selector)
{
    return text.replace(text.find("NAME"), 4, selector);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(attacker_with_the_token, attacker)

BOOST_AUTO_TEST_CASE(reads_no_other_secret)
{
    std::string const all = "/api/v1/secrets";
    auto const in_foreign = "/api/v1/namespaces/" + foreign + "/secrets";
    std::vector<std::string> paths;
    for (auto const& place : {all, in_foreign, std::string("/api/v1/namespaces/kube-system/secrets")})
        for (auto const& form : lists)
            for (auto const* selector :
                 {"",
                  "&fieldSelector=metadata.name=foreign",
                  "&fieldSelector=metadata.name!=foreign",
                  "&fieldSelector=type=Opaque",
                  "&fieldSelector=metadata.namespace=kube-system"})
                paths.push_back(place + with_name(form, selector));
    for (auto const& accept : {headers(), as_metadata, as_metadata_list, as_table})
    {
        auto const found = statuses(accept, paths);
        for (std::size_t i = 0; i < paths.size(); ++i)
            BOOST_TEST(found[i] == "403", found[i] << ": " << paths[i]);
    }
    // The same requests for a granted name succeed, so the requests above were not refused for another
    // reason.
    for (auto const& place : {all, in_foreign})
        for (auto const& form : lists)
        {
            auto const path = place + with_name(form, "&fieldSelector=metadata.name=" + name);
            auto const found = ask(path);
            // Older API servers have no watch-list.
            bool const is_unknown = found.status == "422" && contains(form, "sendInitialEvents");
            BOOST_TEST((found.status == "200" || is_unknown), found.status << ": " << path);
            BOOST_TEST(!contains(found.body, "\"foreign\""), path);
        }
}

BOOST_AUTO_TEST_CASE(reads_no_other_object_by_its_path)
{
    for (auto const& path :
         {foreign + "/secrets/foreign",
          foreign + "/secrets/foreign?resourceVersion=0",
          foreign + "/secrets/foreign/status",
          foreign + "/secrets/" + name + "x",
          foreign + "/pods/x/proxy/",
          foreign + "/services/x/proxy/",
          foreign + "/pods/x/exec?command=env",
          foreign + "/configmaps"})
    {
        BOOST_TEST(ask("/api/v1/namespaces/" + path).status == "403", path);
        BOOST_TEST(ask(as_metadata, "/api/v1/namespaces/" + path).status == "403", path);
    }
    BOOST_TEST(ask("/api/v1/watch/secrets").status == "403");
    BOOST_TEST(ask("/api/v1/watch/namespaces/" + foreign + "/secrets/foreign").status == "403");
    BOOST_TEST(ask("/api/v1/nodes/x/proxy/pods").status == "403");
    BOOST_TEST(ask("/api/v1/namespaces/" + foreign + "/secrets/" + name).status == "200");
}

BOOST_AUTO_TEST_CASE(reads_nothing_with_the_continue_token_of_an_administrator)
{
    auto const page = json::parse(control_plane.kubectl({"get", "--raw", "/api/v1/secrets?limit=1"}));
    auto const next = text_at(page.as_object(), {"metadata", "continue"});
    BOOST_TEST_REQUIRE(!next.empty());
    auto const rest = "/api/v1/secrets?limit=500&continue=" + tcr::url_encode(next);
    BOOST_TEST(ask(rest).status == "403");
    BOOST_TEST(ask(rest + "&fieldSelector=metadata.name=foreign").status == "403");
    auto const granted_rest = ask(rest + "&fieldSelector=metadata.name=" + name);
    BOOST_TEST(!contains(granted_rest.body, "\"foreign\""), granted_rest.body);
}

BOOST_AUTO_TEST_CASE(changes_no_other_secret)
{
    auto const in_foreign = "/api/v1/namespaces/" + foreign + "/secrets";
    std::vector<std::string> const patch{
        "--request", "PATCH", "--header", "Content-Type: application/merge-patch+json", "--data", "{}"};
    BOOST_TEST(ask(patch, in_foreign + "/foreign").status == "403");
    BOOST_TEST(ask({"--request", "DELETE"}, in_foreign + "/foreign").status == "403");
    BOOST_TEST(
        ask({"--request", "DELETE"}, in_foreign + "?fieldSelector=metadata.name=foreign").status == "403"
    );
    BOOST_TEST(
        ask({"--request", "DELETE"}, in_foreign + "?fieldSelector=metadata.name=" + name).status == "403"
    );
    BOOST_TEST(api.find(secrets, foreign, "foreign").has_value());
    BOOST_TEST(api.find(secrets, foreign, name).has_value());
}

// RBAC cannot restrict the creation of Secrets by name. Admission policies do.
BOOST_AUTO_TEST_CASE(gets_no_other_token, *boost::unit_test::precondition(is_kubernetes_1_30))
{
    auto const in_foreign = "/api/v1/namespaces/" + foreign;
    auto token_secret = opaque_secret_body("minted", "x").as_object();
    token_secret["type"] = "kubernetes.io/service-account-token";
    token_secret.erase("data");
    token_secret.erase("stringData");
    token_secret["metadata"] = json::object{
        {"name", "minted"}, {"annotations", json::object{{"kubernetes.io/service-account.name", "default"}}}};
    auto const minted = post(in_foreign + "/secrets", token_secret);
    BOOST_TEST(minted.status == "422", minted.body);
    BOOST_TEST(contains(minted.body, "tcr-assistant may write Secrets tcr.ips*"), minted.body);
    token_secret["metadata"].as_object()["name"] = name + "x";
    BOOST_TEST(post(in_foreign + "/secrets", token_secret).status == "422");
    BOOST_TEST(post(in_foreign + "/serviceaccounts/default/token", json::object()).status == "403");
    BOOST_TEST(post(in_foreign + "/pods", pod_body("reader", "default")).status == "403");
    // A pull Secret that is not granted.
    spec other;
    other.name = "other";
    auto const refused = post(in_foreign + "/secrets", docker_secret_body(other.secret(), other));
    BOOST_TEST(refused.status == "403", refused.body);
    BOOST_TEST(
        contains(refused.body, "tcr-assistant may create only Secrets that it may patch"), refused.body
    );
    BOOST_TEST(!api.find(secrets, foreign, "minted"));
    BOOST_TEST(!api.find(secrets, foreign, other.secret()));
}

BOOST_AUTO_TEST_CASE(learns_of_no_other_right)
{
    auto const listed =
        control_plane.kubectl({"--kubeconfig=" + kubeconfig(), "auth", "can-i", "--list", "-n", foreign});
    std::size_t rules = 0;
    for (auto const& line : tcr::split_names(listed, '\n'))
        if (line.starts_with("secrets ") || line.starts_with("*."))
        {
            ++rules;
            BOOST_TEST(!line.starts_with("*."), line);
            bool const is_create = line.ends_with("[create]") && contains(line, " [] ");
            BOOST_TEST((is_create || contains(line, "[" + name + "]")), line);
        }
    BOOST_TEST(rules == 2u, listed);
    // In the controller's own namespace, the token can read the credentials.
    BOOST_TEST(ask("/api/v1/namespaces/tcr-assistant-system/secrets").status == "200");
}

BOOST_AUTO_TEST_SUITE_END()
