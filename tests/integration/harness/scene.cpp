#include "scene.hpp"

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

std::unique_ptr<stage> the_stage;
bool ended_badly = false;

/// How long the controller manager may take for its accounts: it is slow to come back after an outage.
constexpr std::chrono::seconds account_limit{60};

std::string program_name()
{
    std::string name =
        std::filesystem::path(boost::unit_test::framework::master_test_suite().argv[0]).filename().string();
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

/// The running case's name, without the outermost suite, as a part of Kubernetes names.
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
    std::cerr << "BAD END: " << why << '\n';
}

bool matches(std::string const& list, std::string const& name)
{
    if (list.empty() || list == "*")
        return true;
    auto const names = split_names(list);
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// What is wrong with a Secret of `cr`, or nothing.
std::string problem_of(json::object const& secret, wish const& cr, std::string const& cr_uid)
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

/// What the replicas wrote.
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

/// At the end of the program: whatever a secret could have got into.
void search_for_leaks()
{
    for (auto const& file : std::filesystem::directory_iterator(the_stage->plane.folder()))
        remember_token_in(file.path() / "token");
    search_logs(the_stage->plane.folder() / "logs");
    for (auto const& event : the_stage->api.list(events))
        must_be_clean("Event " + name_of(event), json::serialize(event));
    search_statuses(the_stage->api);
    BOOST_TEST_MESSAGE("searched for " << secrets_known() << " passwords and tokens");
}

}  // namespace

stage::stage(std::string const& purpose)
    : plane(purpose), api(plane.kubeconfig()), audit(plane.audit_log()), controller(plane)
{
}

stage_owner::stage_owner()
{
    the_stage = std::make_unique<stage>(program_name());
}

stage_owner::~stage_owner()
{
    // What it says last is searched, too.
    try
    {
        if (the_stage->controller.is_running())
            the_stage->controller.stop();
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
    the_stage.reset();
}

bool stage_ended_badly()
{
    return ended_badly;
}

scene::scene() : scene(true) {}

scene::scene(without_controller_tag) : scene(false) {}

scene::scene(bool has_controller)
    : plane(the_stage->plane),
      api(the_stage->api),
      audit(the_stage->audit),
      controller(the_stage->controller),
      has_controller_(has_controller),
      case_name_(case_name())
{
    if (has_controller_ && !controller.is_running())
        controller.start();
    if (!has_controller_ && controller.is_running())
        controller.stop();
}

scene::~scene()
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
        // Namespaces stay: deleting one costs the control plane 80 calls (audit log of it_rules).
        api.remove_all(image_pull_secrets, made_crs_);
    }
    catch (std::exception const& e)
    {
        BOOST_TEST_MESSAGE("the case leaves something behind: " << e.what());
    }
}

std::string scene::fresh_name()
{
    static int names = 0;  // of the whole program: the names of two cases may begin alike
    return case_name_ + "-" + std::to_string(++names);
}

std::string scene::make_namespace(std::map<std::string, std::string> const& labels)
{
    auto const name = fresh_name();
    create_namespace(name, labels);
    return name;
}

void scene::make_namespace_called(std::string const& name)
{
    create_namespace(name, {});
}

void scene::create_namespace(std::string const& name, std::map<std::string, std::string> const& labels)
{
    api.create(namespaces, {}, namespace_body(name, labels));
    auto const has_account = [&] { return api.find(accounts, name, "default").has_value(); };
    BOOST_TEST_REQUIRE(eventually(has_account, account_limit));
}

std::vector<std::string> scene::make_namespaces(std::size_t count)
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

wish scene::make(wish cr)
{
    if (cr.name.empty())
        cr.name = fresh_name();
    made_crs_.push_back(cr.name);
    api.create(image_pull_secrets, {}, body_of(cr));
    return cr;
}

wish scene::serve(std::vector<std::string> const& where)
{
    wish cr;
    cr.namespaces = list_of(where);
    cr = make(cr);
    for (auto const& ns : where)
        BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    return cr;
}

void scene::drop(wish const& cr)
{
    api.remove(image_pull_secrets, {}, cr.name);
}

void scene::edit(wish const& cr, std::string const& spec_change)
{
    auto const password = text_at(json::parse(spec_change).as_object(), {"docker", "password"});
    if (!password.empty())
        remember_secret(password);
    api.patch(image_pull_secrets, {}, cr.name, "{\"spec\":" + spec_change + "}");
}

std::vector<std::string> scene::references(std::string const& ns, std::string const& account)
{
    return references_of(api.get(accounts, ns, account));
}

std::optional<json::object> scene::secret(std::string const& ns, wish const& cr)
{
    return api.find(secrets, ns, cr.secret());
}

verdict scene::served(std::string const& ns, wish const& cr)
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

verdict scene::unserved(std::string const& ns, wish const& cr)
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

verdict scene::counts(wish const& cr, std::int64_t secrets_wanted, std::int64_t accounts_wanted)
{
    auto const object = api.get(image_pull_secrets, {}, cr.name);
    auto const status = at(object, {"status"});
    std::vector<std::int64_t> const told{
        number_at(object, {"status", "secretsDesired"}),
        number_at(object, {"status", "secretsSuccess"}),
        number_at(object, {"status", "sAsDesired"}),
        number_at(object, {"status", "sAsSuccess"})};
    std::vector<std::int64_t> const wanted{secrets_wanted, secrets_wanted, accounts_wanted, accounts_wanted};
    return told == wanted ? verdict(true) : wrong("the status says " + json::serialize(status));
}

std::string list_of(std::vector<std::string> const& names)
{
    std::string list;
    for (auto const& name : names)
        list += (list.empty() ? "" : ",") + name;
    return list;
}

}  // namespace tcr::test
