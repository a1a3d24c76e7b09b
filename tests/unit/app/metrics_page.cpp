// SPDX-License-Identifier: Apache-2.0

#include "metrics_page.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <sstream>

namespace metrics_page_test
{

namespace asio = boost::asio;

using namespace tcr;

/// The objects of a controller that has not started. They open no connections.
struct fixture
{
    fixture()
        : log_file(std::tmpfile()),
          log(log_file),
          client(std::move(*kube::client::make(loop.get_executor(), config(), {}))),
          cloud(loop.get_executor(), nullptr, {}, {}, log),
          writes(loop.get_executor(), *client, held),
          view(loop.get_executor(), *client, {}, log),
          webhooks(
              loop.get_executor(),
              *client,
              writes,
              view.image_pull_secrets(),
              view.store(),
              [] { return true; },
              {},
              log
          )
    {
    }
    ~fixture() { std::fclose(log_file); }
    fixture(fixture const&) = delete;
    fixture& operator=(fixture const&) = delete;

    static kube::cluster_config config()
    {
        kube::cluster_config fixed;
        fixed.server.host = "127.0.0.1";
        fixed.server.port = "1";
        return fixed;
    }

    std::string page()
    {
        auto const standby = controller::leader_statistics::of_standby(16);
        app::metrics_sources const from{
            view, standby, *client, cloud, held, nullptr, &webhooks, 0, process, loop_meter};
        return app::metrics_page(from, std::chrono::steady_clock::now());
    }

    asio::io_context loop{1};
    std::FILE* log_file;
    logger log;
    std::unique_ptr<kube::client> client;
    runtime::leadership held;
    app::cloud_access cloud;
    runtime::fenced_client writes;
    controller::cluster_view view;
    admission::webhook_server webhooks;
    metrics::process_metrics process;
    event_loop_meter loop_meter;
};

std::set<std::string> families_of(std::string const& page)
{
    std::set<std::string> names;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("# TYPE "))
            names.insert(line.substr(7, line.find(' ', 7) - 7));
    return names;
}

/// The metric names in the first column of the page's tables, without labels.
std::set<std::string> documented()
{
    std::ifstream in(TCR_METRICS_PAGE);
    std::set<std::string> names;
    std::regex const name("`([a-z_]+)(\\{[a-z_,]*\\})?`");
    for (std::string line; std::getline(in, line);)
    {
        if (!line.starts_with("| `"))
            continue;
        auto const cell = line.substr(0, line.find(" | "));
        for (std::sregex_iterator each(cell.begin(), cell.end(), name), end; each != end; ++each)
            names.insert((*each)[1]);
    }
    return names;
}

BOOST_AUTO_TEST_SUITE(metrics_of_the_process)

BOOST_AUTO_TEST_CASE(the_reference_names_every_metric_and_no_other)
{
    fixture idle;
    auto const shown = families_of(idle.page());
    auto const known = documented();
    for (auto const& name : shown)
        BOOST_TEST(known.contains(name), name << " is not in docs/operate/metrics.md");
    // These metrics have no series on the page until they get their first value.
    std::set<std::string> const later{
        "rest_client_requests_total",
        "tcr_assistant_cloud_requests_total",
        "tcr_assistant_credential_expiry_timestamp_seconds",
        "tcr_assistant_credential_valid",
        "tcr_assistant_imagepullsecret_secrets",
        "tcr_assistant_imagepullsecret_serviceaccounts",
        "tcr_assistant_webhook_certificate_expiry_timestamp_seconds"};
    for (auto const& name : known)
        BOOST_TEST((shown.contains(name) || later.contains(name)), "there is no " << name);
}

BOOST_AUTO_TEST_CASE(the_leadership_metric_follows_the_lease)
{
    fixture idle;
    BOOST_TEST(
        idle.page().find("leader_election_master_status{name=\"tcr-assistant-leader-election\"} 0") !=
        std::string::npos
    );
    idle.held.hold_for_ever();
    BOOST_TEST(
        idle.page().find("leader_election_master_status{name=\"tcr-assistant-leader-election\"} 1") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(a_standby_reports_the_full_concurrency_limit)
{
    fixture idle;
    auto const page = idle.page();
    BOOST_TEST(page.find("tcr_assistant_concurrency_limit 16\n") != std::string::npos);
    BOOST_TEST(
        page.find("controller_runtime_max_concurrent_reconciles{controller=\"namespace\"} 16\n") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace metrics_page_test
