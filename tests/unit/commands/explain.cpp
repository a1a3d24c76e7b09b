#include <tcr/commands/explain.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace explain_test
{

using namespace tcr;
using namespace tcr::commands;
using controller::ownership;
using level = finding::level;

controller::image_pull_secret sample(std::string name = "x", std::string server = "registry.example.com")
{
    controller::image_pull_secret cr;
    cr.name = std::move(name);
    cr.spec.server = std::move(server);
    cr.spec.username = "user";
    cr.spec.password = "unspeakable";
    return cr;
}

/// Namespace `n` with a pod. The pod uses the account `default`, which ImagePullSecret `x` serves.
struct fixture
{
    fixture()
    {
        catalog.put(sample());
        facts.name = "n";
        facts.exists = true;
        facts.labels = "env=prod\n";
        facts.accounts["default"].references = {"tcr.ipsx"};
        facts.secrets["tcr.ipsx"] = {ownership::ours, {"registry.example.com"}};
        facts.pod.emplace();
        facts.pod->name = "p";
        facts.pod->references = {"tcr.ipsx"};
        facts.pod->containers = {{"app", "registry.example.com/team/app:1"}};
    }

    std::vector<finding> findings() { return explain(catalog, facts, "default"); }

    /// The texts of all findings of one level, one text per line.
    std::string texts(level what)
    {
        std::string all;
        for (auto const& each : findings())
            if (each.what == what)
                all += each.text + "\n";
        return all;
    }
    std::string problems() { return texts(level::problem); }

    /// The advice of all findings, one advice per line.
    std::string advice()
    {
        std::string all;
        for (auto const& each : findings())
            if (!each.advice.empty())
                all += each.advice + "\n";
        return all;
    }

    /// Sets all pods of the namespace. No single pod is selected.
    void list_pods(std::vector<pod_facts> pods)
    {
        facts.pod.reset();
        facts.pods = std::move(pods);
    }

    controller::catalog catalog;
    namespace_facts facts;
};

BOOST_FIXTURE_TEST_SUITE(explanations, fixture)

BOOST_AUTO_TEST_CASE(a_pod_that_can_pull_has_no_problem)
{
    BOOST_TEST(problems() == "");
    BOOST_TEST(!has_problem(findings()));
    BOOST_TEST(
        texts(level::ok) ==
        "ImagePullSecret x (registry.example.com) serves account n/default.\n"
        "Secret n/tcr.ipsx exists.\n"
        "Account n/default references it in imagePullSecrets.\n"
        "Pod n/p has its account's imagePullSecrets.\n"
        "Image registry.example.com/team/app:1: Secret tcr.ipsx has a login for registry.example.com.\n"
    );
}

BOOST_AUTO_TEST_CASE(no_credential_is_ever_shown)
{
    for (auto const& each : findings())
    {
        BOOST_TEST(each.text.find("unspeakable") == std::string::npos);
        BOOST_TEST(each.advice.find("unspeakable") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_missing_object_is_the_only_problem)
{
    facts.exists = false;
    BOOST_TEST(problems() == "Namespace n does not exist.\n");
    facts.exists = true;
    facts.is_terminating = true;
    BOOST_TEST(problems() == "Namespace n is being deleted: the controller creates nothing there.\n");
    facts.is_terminating = false;
    facts.pod->account = "other";
    BOOST_TEST(problems() == "Service account n/other does not exist.\n");
    facts.pod->account = "default";
    facts.pod.reset();
    BOOST_TEST(explain(catalog, facts, "default", "gone").front().text == "Pod n/gone does not exist.");
    catalog.drop("x");
    BOOST_TEST(problems() == "The cluster has no ImagePullSecret.\n");
}

BOOST_AUTO_TEST_CASE(the_reason_why_an_image_pull_secret_does_not_serve)
{
    auto const reason = [&](auto const& change)
    {
        auto cr = sample();
        change(cr.spec);
        catalog.put(cr);
        BOOST_TEST(problems().find("No ImagePullSecret serves account n/default.") != std::string::npos);
        auto const text = texts(level::info);
        return text.substr(text.find(": ") + 2, text.find("\n") - text.find(": ") - 2);
    };
    BOOST_TEST(
        reason([](auto& spec) { spec.namespaces = "a,b"; }) ==
        "spec.namespaces does not contain the namespace."
    );
    BOOST_TEST(
        reason([](auto& spec) { spec.excluded_namespaces = {"n"}; }) ==
        "spec.excludedNamespaces contains the namespace."
    );
    BOOST_TEST(
        reason([](auto& spec) { spec.service_accounts = "builder"; }) ==
        "spec.serviceAccounts does not contain the account."
    );
    auto const wants_test = [](auto& spec) {
        spec.namespace_selector.requirements = {{"env", controller::label_selector::op::in, {"test"}, true}};
    };
    BOOST_TEST(reason(wants_test) == "spec.namespaceSelector does not match the namespace's labels.");
    facts.labels.clear();
    facts.has_unknown_labels = true;
    BOOST_TEST(
        reason(wants_test) ==
        "the namespace's labels are too long to be compared with spec.namespaceSelector."
    );
}

BOOST_AUTO_TEST_CASE(secrets_alone_serve_accounts_and_pods_that_name_the_secret)
{
    auto cr = sample();
    cr.spec.references = "secretsOnly";
    catalog.put(cr);
    facts.pod->references = {"tcr.ipsx"};
    facts.accounts["default"].references = {"tcr.ipsx"};
    BOOST_TEST(problems() == "");
    facts.accounts["default"].references.clear();
    BOOST_TEST(problems() == "");
    facts.pod->references.clear();
    BOOST_TEST(problems().find("No ImagePullSecret serves account n/default.") == 0u);
    BOOST_TEST(
        texts(level::info)
            .find("spec.references is secretsOnly: the account or the pod must name Secret tcr.ipsx itself."
            ) != std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(an_unusable_image_pull_secret_is_reported_where_it_would_serve)
{
    auto cr = sample();
    cr.spec.password.clear();
    catalog.put(cr);
    BOOST_TEST(problems().find("No ImagePullSecret serves account n/default.") == 0u);
    BOOST_TEST(
        texts(level::info)
            .find("ImagePullSecret x (registry.example.com) does not serve account n/default: it is not "
                  "usable: "
                  "docker.username (without a colon) and docker.password are required") == 0u
    );
    cr.spec.namespaces = "elsewhere";
    catalog.put(cr);
    auto const not_named = "spec.namespaces does not contain the namespace.";
    BOOST_TEST(texts(level::info).find(not_named) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_status_reports_a_missing_referenced_credential)
{
    auto cr = sample();
    cr.spec.password.clear();
    cr.spec.password_from.emplace();
    catalog.drop("x");
    auto const has_no_problem_when_ready_is = [&](char const* status, char const* reason, char const* message)
    {
        cr.status.conditions = {{"Ready", status, reason, message, ""}};
        catalog.put(cr);
        return problems().empty();
    };
    catalog.put(cr);
    BOOST_TEST(problems() == "");
    BOOST_TEST(has_no_problem_when_ready_is("True", "Converged", ""));
    BOOST_TEST(has_no_problem_when_ready_is("False", "Converging", "3 of 9 secrets"));
    BOOST_TEST(!has_no_problem_when_ready_is("False", "SecretNotFound", "there is no Secret"));
    BOOST_TEST(
        texts(level::info).find("does not serve account n/default: it is not usable: there is no Secret.") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(a_missing_secret_is_explained_by_the_status)
{
    facts.secrets.clear();
    BOOST_TEST(problems().find("Secret n/tcr.ipsx does not exist.") == 0u);
    BOOST_TEST(advice().find("Check that the controller runs") == 0u);

    auto cr = sample();
    cr.has_status = true;
    cr.status.conditions = {{"Ready", "False", "InProgress", "3 of 9", ""}};
    catalog.put(cr);
    BOOST_TEST(advice() == "The ImagePullSecret is not ready: InProgress: 3 of 9\n");

    cr.status.secrets_failed = {{"n/tcr.ipsx", "", "QuotaExceeded", "no room"}};
    catalog.put(cr);
    BOOST_TEST(advice() == "QuotaExceeded: no room\n");
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_is_a_problem)
{
    facts.secrets["tcr.ipsx"].owner = ownership::foreign;
    BOOST_TEST(problems() == "Secret n/tcr.ipsx is not ours: it has another type or owner.\n");
    BOOST_TEST(advice() == "Delete or rename it. The controller then creates its own.\n");
}

BOOST_AUTO_TEST_CASE(an_account_without_the_reference_is_a_problem)
{
    facts.accounts["default"].references = {"other"};
    BOOST_TEST(problems().find("Account n/default does not reference Secret tcr.ipsx.") == 0u);
}

BOOST_AUTO_TEST_CASE(a_pod_created_before_the_reference_must_be_replaced)
{
    facts.pod->references.clear();
    BOOST_TEST(
        problems().find("Pod n/p has no imagePullSecrets: it was created before its account had any.") == 0u
    );
    BOOST_TEST(advice() == "Delete the pod: its replacement gets them.\n");
}

BOOST_AUTO_TEST_CASE(a_pod_with_its_own_list_does_not_use_that_of_its_account)
{
    facts.pod->references = {"mine"};
    facts.secrets["mine"] = {ownership::foreign, {"other.example.com"}};
    BOOST_TEST(texts(level::info).find("Pod n/p has its own imagePullSecrets: mine.") == 0u);
    BOOST_TEST(advice().find("Kubernetes then ignores the account's list.") == 0u);
    BOOST_TEST(
        problems() ==
        "Image registry.example.com/team/app:1: no Secret of the pod has a login for registry.example.com.\n"
    );
}

BOOST_AUTO_TEST_CASE(images_of_other_registries_are_a_problem_only_if_an_image_pull_secret_serves_them)
{
    facts.pod->containers = {{"a", "nginx"}, {"b", "registry.example.com/a"}, {"c", "nginx"}};
    BOOST_TEST(problems() == "");
    BOOST_TEST(
        texts(level::info).find("Image nginx: no Secret of the pod has a login for docker.io, and no") == 0u
    );
    auto other = sample("y", "index.docker.io");
    other.spec.namespaces = "elsewhere";
    catalog.put(other);
    BOOST_TEST(problems() == "Image nginx: no Secret of the pod has a login for docker.io.\n");
}

BOOST_AUTO_TEST_CASE(waiting_containers_are_reported)
{
    facts.pod->containers.front().reason = "ErrImagePull";
    facts.pod->containers.front().message = "401";
    BOOST_TEST(texts(level::info) == "Pod n/p is waiting: ErrImagePull: 401\n");
}

BOOST_AUTO_TEST_CASE(without_a_pod_those_that_cannot_pull_are_named)
{
    pod_facts good{.name = "good", .references = {"tcr.ipsx"}, .containers = facts.pod->containers};
    auto waiting = good;
    waiting.name = "waiting";
    waiting.containers.front().reason = "ImagePullBackOff";
    waiting.containers.front().message = "back-off";
    auto starting = waiting;
    starting.containers.front().reason = "ContainerCreating";
    auto bare = good;
    bare.name = "bare";
    bare.references.clear();
    auto ended = bare;
    ended.has_ended = true;
    list_pods({good, waiting, starting, bare, ended});
    BOOST_TEST(
        problems() ==
        "Pod n/waiting cannot pull image registry.example.com/team/app:1: ImagePullBackOff: back-off\n"
        "Pod n/bare has no login for registry.example.com, which image registry.example.com/team/app:1 "
        "needs.\n"
    );
    BOOST_TEST(advice().find("For details: tcr-assistant explain -n n -p waiting\n") != std::string::npos);
    BOOST_TEST(advice().find("delete the pod") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_pod_that_lacks_a_login_but_has_its_images_has_no_problem)
{
    pod_facts running{.name = "p", .containers = facts.pod->containers};
    running.containers.front().has_status = true;
    list_pods({running});
    BOOST_TEST(problems() == "");
    BOOST_TEST(
        texts(level::info) ==
        "Pod n/p has no login for registry.example.com, which image registry.example.com/team/app:1 needs.\n"
    );
    running.containers.push_back({"second", "registry.example.com/team/app:2"});
    list_pods({running});
    BOOST_TEST(
        problems() ==
        "Pod n/p has no login for registry.example.com, which image registry.example.com/team/app:2 needs.\n"
    );
    BOOST_TEST(texts(level::info) == "");
}

BOOST_AUTO_TEST_CASE(pods_are_checked_without_the_account)
{
    list_pods({{.name = "p", .containers = facts.pod->containers}});
    std::string texts;
    for (auto const& each : explain(catalog, facts, "missing"))
        texts += each.text + "\n";
    BOOST_TEST(
        texts ==
        "Service account n/missing does not exist.\n"
        "Pod n/p has no login for registry.example.com, which image registry.example.com/team/app:1 needs.\n"
    );
}

BOOST_AUTO_TEST_CASE(what_is_not_checked_is_no_problem)
{
    pod_facts pod{.name = "p", .references = {"mine"}, .containers = facts.pod->containers};
    list_pods({pod});
    facts.unchecked_secrets["mine"] = "Forbidden";
    facts.unreadable_pods["q"] = "spec is too long";
    BOOST_TEST(problems() == "");
    BOOST_TEST(
        texts(level::info) ==
        "Pod n/q is not checked: spec is too long.\nSecret n/mine is not checked: Forbidden.\n"
    );
    list_pods({});
    facts.pod = pod;
    BOOST_TEST(problems() == "");
    BOOST_TEST(
        texts(level::info).find("a Secret that is not checked may have a login for registry.example.com.") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(pods_that_no_image_pull_secret_is_for_are_not_named)
{
    pod_facts public_image{.name = "p", .containers = {{"c", "nginx", "ErrImagePull", "no such host"}}};
    pod_facts other_account{.name = "q", .account = "builder", .containers = facts.pod->containers};
    auto cr = sample();
    cr.spec.service_accounts = "default";
    catalog.put(cr);
    list_pods({public_image, other_account});
    BOOST_TEST(problems() == "");
}

BOOST_AUTO_TEST_CASE(a_login_of_another_secret_suffices)
{
    facts.secrets["mine"] = {ownership::foreign, {"https://registry.example.com/v1/"}};
    list_pods({{.name = "p", .references = {"mine"}, .containers = facts.pod->containers}});
    BOOST_TEST(problems() == "");
}

BOOST_AUTO_TEST_CASE(pods_that_cannot_be_listed_are_no_problem)
{
    list_pods({});
    facts.pods_problem = "Forbidden";
    BOOST_TEST(problems() == "");
    BOOST_TEST(texts(level::info) == "The pods of the namespace are not checked: Forbidden.\n");
}

BOOST_AUTO_TEST_CASE(the_registry_of_an_image)
{
    BOOST_TEST(registry_of("nginx") == "docker.io");
    BOOST_TEST(registry_of("library/nginx:1") == "docker.io");
    BOOST_TEST(registry_of("localhost/app") == "localhost");
    BOOST_TEST(registry_of("host:5000/app@sha256:0") == "host:5000");
    BOOST_TEST(registry_of("registry.example.com/a/b") == "registry.example.com");
    BOOST_TEST(registry_of("") == "docker.io");

    BOOST_TEST(is_for_registry("https://registry.example.com/v2/", "registry.example.com"));
    BOOST_TEST(is_for_registry("registry.example.com:443", "registry.example.com:443"));
    BOOST_TEST(!is_for_registry("registry.example.com:443", "registry.example.com"));
    BOOST_TEST(!is_for_registry("example.com", "registry.example.com"));
    BOOST_TEST(is_for_registry("https://index.docker.io/v1/", "docker.io"));
}

BOOST_AUTO_TEST_SUITE_END()

/// Namespaces `a` and `b`, which ImagePullSecret `x` serves.
struct cluster_fixture
{
    cluster_fixture()
    {
        catalog.put(sample());
        for (auto const* ns : {"a", "b"})
        {
            store.put_namespace(ns, "", false);
            store.put_account(ns, "default", 1, std::vector<std::string>{"tcr.ipsx"});
            store.put_secret(ns, "tcr.ipsx", 1, runtime::secret_state{1});
        }
    }

    std::vector<finding> findings() { return explain_cluster(catalog, store); }

    controller::catalog catalog;
    runtime::cluster_store store;
};

BOOST_FIXTURE_TEST_SUITE(explanations_of_a_cluster, cluster_fixture)

BOOST_AUTO_TEST_CASE(a_served_cluster_has_no_problem)
{
    BOOST_TEST(!has_problem(findings()));
    BOOST_TEST(findings().front().text == "No problem with 1 ImagePullSecrets in 2 namespaces.");
}

BOOST_AUTO_TEST_CASE(what_a_namespace_lacks_is_one_problem)
{
    store.put_account("b", "default", 2, std::vector<std::string>{});
    store.put_account("b", "builder", 2, std::vector<std::string>{});
    store.drop_secret("a", "tcr.ipsx", 2);
    auto const found = findings();
    BOOST_TEST_REQUIRE(found.size() == 2u);
    auto const& a = found[0];
    BOOST_TEST(a.ns == "a");
    BOOST_TEST(a.image_pull_secret == "x");
    BOOST_TEST(a.text == "Namespace a, ImagePullSecret x: Secret tcr.ipsx does not exist, or is not ours.");
    BOOST_TEST(a.advice.starts_with("Check that the controller runs"));
    auto const& b = found[1];
    BOOST_TEST(b.text.find("accounts without a reference to Secret tcr.ipsx: ") != std::string::npos, b.text);
    BOOST_TEST(b.text.find("builder") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_long_list_of_accounts_is_cut)
{
    for (int i = 0; i < 9; ++i)
        store.put_account("a", "account-" + std::to_string(i), 2, std::vector<std::string>{});
    BOOST_TEST(findings().front().text.ends_with(" and 4 more."), findings().front().text);
}

BOOST_AUTO_TEST_CASE(the_advice_is_the_reason_in_the_status)
{
    store.drop_secret("a", "tcr.ipsx", 2);
    auto cr = sample();
    cr.has_status = true;
    cr.status.secrets_failed = {{"a/tcr.ipsx", "", "QuotaExceeded", "no room"}};
    catalog.put(cr);
    BOOST_TEST(findings().front().advice == "QuotaExceeded: no room");
}

BOOST_AUTO_TEST_CASE(an_unusable_image_pull_secret_is_one_problem)
{
    auto cr = sample();
    cr.spec.password.clear();
    catalog.put(cr);
    BOOST_TEST(findings().size() == 1u);
    BOOST_TEST(findings().front().text.starts_with("ImagePullSecret x: it is not usable: "));
}

BOOST_AUTO_TEST_CASE(namespaces_that_are_not_served_lack_nothing)
{
    auto cr = sample();
    cr.spec.namespaces = "a";
    cr.spec.service_accounts = "default";
    catalog.put(cr);
    store.drop_secret("b", "tcr.ipsx", 2);
    store.put_account("a", "builder", 2, std::vector<std::string>{});
    BOOST_TEST(!has_problem(findings()));
}

BOOST_AUTO_TEST_CASE(a_cluster_without_image_pull_secrets_has_a_problem)
{
    catalog.drop("x");
    BOOST_TEST(findings().front().text == "The cluster has no ImagePullSecret.");
    BOOST_TEST(has_problem(findings()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace explain_test
