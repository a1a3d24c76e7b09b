// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include "secret_memory.hpp"
#include "text.hpp"
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>

namespace tcr::test
{
namespace
{

std::unique_ptr<environment> the_environment;
bool ended_badly = false;

/// Time limit for the accounts that the controller manager creates. The controller manager starts slowly
/// after an outage.
constexpr std::chrono::seconds account_limit{180};

std::string program_name()
{
    std::string name =
        std::filesystem::path(boost::unit_test::framework::master_test_suite().argv[0]).filename().string();
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

/// The name of the running case without the outermost suite, converted to characters of Kubernetes names.
std::string case_name()
{
    auto const whole = boost::unit_test::framework::current_test_case().full_name();
    auto name = whole.substr(whole.find('/') + 1);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return (c < 'a' || c > 'z') && (c < '0' || c > '9'); }, '-'
    );
    return name.substr(0, 40);
}

std::string content_of(std::filesystem::path const& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

void report_bad_end(std::string const& why)
{
    ended_badly = true;
    std::cerr << "FAILED SHUTDOWN: " << why << '\n';
}

bool matches(std::string const& list, std::string const& name)
{
    if (list.empty() || list == "*")
        return true;
    auto const names = split_names(list);
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Describes the first error in a Secret of `cr`; empty if the Secret is correct.
std::string problem_of(json::object const& secret, spec const& cr, std::string const& cr_uid)
{
    if (text_at(secret, {"type"}) != "kubernetes.io/dockerconfigjson")
        return "has the type " + text_at(secret, {"type"});
    boost::system::error_code ec;
    auto const config = json::parse(docker_config_of(secret), ec);
    if (ec || config != expected_docker_config(cr))
        return "holds " + docker_config_of(secret);
    if (text_at(secret, {"metadata", "labels", "app.kubernetes.io/managed-by"}) != "tcr-assistant")
        return "lacks our label";
    auto const owners = at(secret, {"metadata", "ownerReferences"});
    if (!owners.is_array() || owners.get_array().size() != 1 ||
        text_at(owners.get_array().front().as_object(), {"uid"}) != cr_uid)
        return "is not owned by its ImagePullSecret alone";
    return {};
}

/// Searches the logs of the replicas for secrets and for reports of sanitizers.
void search_logs(std::filesystem::path const& folder)
{
    for (auto const& file : std::filesystem::directory_iterator(folder))
    {
        auto const name = file.path().filename().string();
        if (!name.starts_with("controller") || name == "controller-manager.log")
            continue;
        auto const log = content_of(file.path());
        must_be_clean(name, log);
        if (contains(log, "Sanitizer"))
            report_bad_end("a sanitizer's report in " + name + ":\n" + log.substr(log.find("Sanitizer")));
    }
}

void search_metrics(controller_process const& controller)
{
    auto const page = controller.metrics();
    BOOST_TEST(page.status == 200u, page.body);
    must_be_clean("the metrics", page.body);
}

void search_statuses(cluster& api)
{
    for (auto const& cr : api.list(image_pull_secrets))
        must_be_clean("the status of " + name_of(cr), json::serialize(at(cr, {"status"})));
}

/// Searches all output that could contain a secret. Runs at the end of the program.
void search_for_leaks()
{
    for (auto const& file : std::filesystem::directory_iterator(the_environment->control_plane.folder()))
        remember_token_in(file.path() / "token");
    search_logs(the_environment->control_plane.folder() / "logs");
    for (auto const& event : the_environment->api.list(events))
        must_be_clean("Event " + name_of(event), json::serialize(event));
    search_statuses(the_environment->api);
    BOOST_TEST_MESSAGE("searched for " << secrets_known() << " passwords and tokens");
}

}  // namespace

environment::environment(std::string const& purpose, std::vector<std::string> const& apiserver_flags)
    : control_plane(purpose, apiserver_flags),
      api(control_plane.kubeconfig()),
      audit(control_plane.audit_log()),
      controller(control_plane)
{
}

environment_owner::environment_owner(std::vector<std::string> const& apiserver_flags)
{
    the_environment = std::make_unique<environment>(program_name(), apiserver_flags);
}

environment_owner::~environment_owner()
{
    // Stops the controller first, so that the search includes its last output.
    try
    {
        if (the_environment->controller.is_running())
            the_environment->controller.stop();
    }
    catch (std::exception const& e)
    {
        report_bad_end(e.what());
    }
    try
    {
        search_for_leaks();
    }
    catch (std::exception const& e)
    {
        report_bad_end(std::string("the search for leaks failed: ") + e.what());
    }
    the_environment.reset();
}

bool environment_ended_badly()
{
    return ended_badly;
}

fixture::fixture() : fixture(true) {}

fixture::fixture(without_controller_tag) : fixture(false) {}

fixture::fixture(bool has_controller)
    : control_plane(the_environment->control_plane),
      api(the_environment->api),
      audit(the_environment->audit),
      controller(the_environment->controller),
      has_controller_(has_controller),
      case_name_(case_name())
{
    if (has_controller_ && !controller.is_running())
        controller.start();
    if (!has_controller_ && controller.is_running())
        controller.stop();
}

fixture::~fixture()
{
    try
    {
        if (has_controller_)
        {
            bool const is_running = controller.is_running();
            BOOST_TEST(is_running, controller.log());
            if (is_running)
                search_metrics(controller);
        }
        search_statuses(api);
        // Namespaces are kept: deleting one costs the control plane 80 calls (audit log of it_rules).
        api.remove_all(image_pull_secrets, created_);
    }
    catch (std::exception const& e)
    {
        BOOST_TEST_MESSAGE("cannot clean up after the case: " << e.what());
    }
}

std::string fixture::fresh_name()
{
    static int names = 0;  // one counter for all cases: long case names are cut and may be equal
    return case_name_ + "-" + std::to_string(++names);
}

std::string fixture::make_namespace(std::map<std::string, std::string> const& labels)
{
    auto const name = fresh_name();
    create_namespace(name, labels);
    return name;
}

void fixture::make_namespace_called(std::string const& name)
{
    create_namespace(name, {});
}

void fixture::create_namespace(std::string const& name, std::map<std::string, std::string> const& labels)
{
    api.create(namespaces, {}, namespace_body(name, labels));
    auto const has_account = [&] { return api.find(accounts, name, "default").has_value(); };
    BOOST_TEST_REQUIRE(eventually(has_account, account_limit));
}

std::vector<std::string> fixture::make_namespaces(std::size_t count)
{
    std::vector<std::string> names;
    std::vector<json::value> bodies;
    for (std::size_t i = 0; i < count; ++i)
    {
        names.push_back(fresh_name());
        bodies.push_back(namespace_body(names.back()));
    }
    api.create_all(namespaces, {}, bodies);
    auto const all_have_accounts = [&]() -> verdict
    {
        std::set<std::string> missing(names.begin(), names.end());
        for (auto const& account : api.list(accounts))
            missing.erase(text_at(account, {"metadata", "namespace"}));
        return missing.empty();
    };
    BOOST_TEST_REQUIRE(eventually(all_have_accounts, account_limit));
    return names;
}

spec fixture::make(spec cr)
{
    if (cr.name.empty())
        cr.name = fresh_name();
    created_.push_back(cr.name);
    api.create(image_pull_secrets, {}, body_of(cr));
    return cr;
}

spec fixture::serve(std::vector<std::string> const& where)
{
    spec cr;
    cr.namespaces = list_of(where);
    cr = make(cr);
    for (auto const& ns : where)
        BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    return cr;
}

void fixture::drop(spec const& cr)
{
    api.remove(image_pull_secrets, {}, cr.name);
}

void fixture::edit(spec const& cr, std::string const& spec_change)
{
    auto const password = text_at(json::parse(spec_change).as_object(), {"docker", "password"});
    if (!password.empty())
        remember_secret(password);
    api.patch(image_pull_secrets, {}, cr.name, "{\"spec\":" + spec_change + "}");
}

std::vector<std::string> fixture::references(std::string const& ns, std::string const& account)
{
    return references_of(api.get(accounts, ns, account));
}

std::optional<json::object> fixture::secret(std::string const& ns, spec const& cr)
{
    return api.find(secrets, ns, cr.secret());
}

verdict fixture::served(std::string const& ns, spec const& cr)
{
    auto const found = secret(ns, cr);
    if (!found)
        return wrong(ns + " has no " + cr.secret());
    auto const problem = problem_of(*found, cr, uid_of(api.get(image_pull_secrets, {}, cr.name)));
    if (!problem.empty())
        return wrong(cr.secret() + " of " + ns + ' ' + problem);
    for (auto const& account : api.list(accounts, ns))
    {
        auto const listed = references_of(account);
        auto const wanted = matches(cr.service_accounts, name_of(account)) ? 1 : 0;
        if (std::count(listed.begin(), listed.end(), cr.secret()) != wanted)
            return wrong("account " + ns + '/' + name_of(account) + " has " + joined(listed));
    }
    return true;
}

verdict fixture::unserved(std::string const& ns, spec const& cr)
{
    if (secret(ns, cr))
        return wrong(ns + " has " + cr.secret());
    for (auto const& account : api.list(accounts, ns))
    {
        auto const listed = references_of(account);
        if (std::find(listed.begin(), listed.end(), cr.secret()) != listed.end())
            return wrong("account " + ns + '/' + name_of(account) + " has " + joined(listed));
    }
    return true;
}

verdict fixture::counts(spec const& cr, std::int64_t secrets_wanted, std::int64_t accounts_wanted)
{
    auto const object = api.get(image_pull_secrets, {}, cr.name);
    auto const status = at(object, {"status"});
    std::vector<std::int64_t> const reported{
        number_at(object, {"status", "secretsDesired"}),
        number_at(object, {"status", "secretsSuccess"}),
        number_at(object, {"status", "sAsDesired"}),
        number_at(object, {"status", "sAsSuccess"})};
    std::vector<std::int64_t> const wanted{secrets_wanted, secrets_wanted, accounts_wanted, accounts_wanted};
    return reported == wanted ? verdict(true) : wrong("the status is " + json::serialize(status));
}

std::string list_of(std::vector<std::string> const& names)
{
    std::string list;
    for (auto const& name : names)
        list += (list.empty() ? "" : ",") + name;
    return list;
}

}  // namespace tcr::test
