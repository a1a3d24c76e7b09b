#include <tcr/commands/explain.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace
{

using namespace tcr;
using namespace tcr::commands;
using controller::ownership;
using kind = finding::kind;

controller::image_pull_secret sample(std::string name = "x", std::string server = "registry.example.com")
{
    controller::image_pull_secret cr;
    cr.name = std::move(name);
    cr.spec.server = std::move(server);
    cr.spec.username = "user";
    cr.spec.password = "unspeakable";
    return cr;
}

/// Namespace `n`, whose account `default` can pull with ImagePullSecret `x`; and a pod that does.
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
        facts.pod->images = {"registry.example.com/team/app:1"};
    }

    std::vector<finding> findings() { return explain(catalog, facts, "default"); }

    /// The texts of one kind, a line each.
    std::string texts(kind what)
    {
        std::string all;
        for (auto const& each : findings())
            if (each.what == what)
                all += each.text + "\n";
        return all;
    }
    std::string problems() { return texts(kind::problem); }

    controller::catalog catalog;
    namespace_facts facts;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(explanations, fixture)

BOOST_AUTO_TEST_CASE(a_pod_that_can_pull_has_no_problem)
{
    BOOST_TEST(problems() == "");
    BOOST_TEST(!has_problem(findings()));
    BOOST_TEST(
        texts(kind::good) ==
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
        BOOST_TEST(each.text.find("unspeakable") == std::string::npos);
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
        auto const text = texts(kind::fact);
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

BOOST_AUTO_TEST_CASE(an_unusable_image_pull_secret_is_reported_where_it_would_serve)
{
    auto cr = sample();
    cr.spec.password.clear();
    catalog.put(cr);
    BOOST_TEST(problems().find("No ImagePullSecret serves account n/default.") == 0u);
    BOOST_TEST(
        texts(kind::fact)
            .find("ImagePullSecret x (registry.example.com) does not serve account n/default: it is not "
                  "usable: "
                  "docker.username (without a colon) and docker.password are required") == 0u
    );
    cr.spec.namespaces = "elsewhere";
    catalog.put(cr);
    auto const not_named = "spec.namespaces does not contain the namespace.";
    BOOST_TEST(texts(kind::fact).find(not_named) != std::string::npos);
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
        texts(kind::fact).find("does not serve account n/default: it is not usable: there is no Secret.") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(a_missing_secret_is_explained_by_the_status)
{
    facts.secrets.clear();
    BOOST_TEST(problems().find("Secret n/tcr.ipsx does not exist.") == 0u);
    BOOST_TEST(texts(kind::advice).find("Check that the controller runs") == 0u);

    auto cr = sample();
    cr.has_status = true;
    cr.status.conditions = {{"Ready", "False", "InProgress", "3 of 9", ""}};
    catalog.put(cr);
    BOOST_TEST(texts(kind::advice) == "The ImagePullSecret is not ready: InProgress: 3 of 9\n");

    cr.status.secrets_failed = {{"n/tcr.ipsx", "", "QuotaExceeded", "no room"}};
    catalog.put(cr);
    BOOST_TEST(texts(kind::advice) == "QuotaExceeded: no room\n");
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_is_a_problem)
{
    facts.secrets["tcr.ipsx"].owner = ownership::foreign;
    BOOST_TEST(problems() == "Secret n/tcr.ipsx is not ours: it has another type or owner.\n");
    BOOST_TEST(texts(kind::advice) == "Delete or rename it. The controller then creates its own.\n");
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
    BOOST_TEST(texts(kind::advice) == "Delete the pod: its replacement gets them.\n");
}

BOOST_AUTO_TEST_CASE(a_pod_with_its_own_list_does_not_use_that_of_its_account)
{
    facts.pod->references = {"mine"};
    facts.secrets["mine"] = {ownership::foreign, {"other.example.com"}};
    BOOST_TEST(texts(kind::fact).find("Pod n/p has its own imagePullSecrets: mine.") == 0u);
    BOOST_TEST(texts(kind::advice).find("Kubernetes then ignores the account's list.") == 0u);
    BOOST_TEST(
        problems() ==
        "Image registry.example.com/team/app:1: no Secret of the pod has a login for registry.example.com.\n"
    );
}

BOOST_AUTO_TEST_CASE(images_of_other_registries_are_a_problem_only_if_an_image_pull_secret_serves_them)
{
    facts.pod->images = {"nginx", "registry.example.com/a", "nginx"};
    BOOST_TEST(problems() == "");
    BOOST_TEST(
        texts(kind::fact).find("Image nginx: no Secret of the pod has a login for docker.io, and no") == 0u
    );
    auto other = sample("y", "index.docker.io");
    other.spec.namespaces = "elsewhere";
    catalog.put(other);
    BOOST_TEST(problems() == "Image nginx: no Secret of the pod has a login for docker.io.\n");
}

BOOST_AUTO_TEST_CASE(waiting_containers_are_reported)
{
    facts.pod->waiting_reasons = {"ErrImagePull: 401"};
    BOOST_TEST(texts(kind::fact) == "Pod n/p is waiting: ErrImagePull: 401\n");
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
