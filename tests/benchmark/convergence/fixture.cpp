// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include "administrator.hpp"
#include <tcr/controller/pull_secret.hpp>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tcr::benchmark
{
namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;
using steady_clock = std::chrono::steady_clock;

/// The first password of all ImagePullSecrets.
constexpr char const* first_password = "password-0";

/// Time limit for the work on all namespaces. Under a low CPU limit, ten thousand namespaces take minutes.
constexpr seconds longest_work{600};

}  // namespace

fixture::fixture(convergence_settings const& s)
    : settings(s),
      cluster(s.kubeconfig),
      server(loop, s.kubeconfig, s.prefix, s.namespaces),
      client(make_administrator(loop.get_executor(), s.kubeconfig)),
      first_password_(first_password)
{
}

std::unique_ptr<confined_controller> fixture::start_controller()
{
    auto fresh = std::make_unique<confined_controller>(
        settings.controller, controllers_++, settings.cpus, settings.memory_mib
    );
    return std::exchange(controller, std::move(fresh));
}

void fixture::wait_until_ready_and_idle()
{
    controller->process.wait_for_line(" acquired the lease ", longest_work);
    server.wait_for_validation(true);
    controller->wait_until_idle();
}

std::unique_ptr<webhook_caller> fixture::call_webhooks()
{
    webhook_place place;
    place.port = settings.webhook_port;
    place.ca_pem = server.trusted_by(api_server::hook::mutating);
    return std::make_unique<webhook_caller>(loop, place, settings.prefix, settings.namespaces);
}

std::vector<std::string> fixture::image_pull_secrets() const
{
    std::vector<std::string> names;
    for (std::size_t i = 1; i <= settings.image_pull_secrets; ++i)
        names.push_back("benchmark-" + std::to_string(i));
    return names;
}

std::string fixture::first_secret() const
{
    return controller::secret_name(first_cr());
}

void fixture::create_image_pull_secrets()
{
    controller->process.skip_log();
    cluster.create_image_pull_secrets(image_pull_secrets(), first_password);
}

void fixture::edit_password(std::string const& password)
{
    controller->process.skip_log();
    cluster.patch_password(first_cr(), password);
    expect_password(password);
}

bool fixture::is_served()
{
    for (auto const& cr : image_pull_secrets())
    {
        auto const& password = cr == first_cr() ? first_password_ : first_password;
        auto const there = cluster.count(settings.prefix, cr, password);
        if (there.secrets != namespaces() || there.references != accounts())
            return false;
    }
    return true;
}

void fixture::wait_until_served(measured_interval& work)
{
    // The log contains the exact end of the work. A check takes long and loads the API server, so the log is
    // read first.
    if (settings.namespaces >= least_namespaces_in_log)
        controller->process.wait_for_line(" emptied the work queue ", longest_work);
    work.end();
    check_until_served([&] { work.end(); });
}

void fixture::require_served()
{
    check_until_served([] {});
}

/// Repeats the check until it succeeds. The first check fails if work was delayed, or if the log does not
/// report the end because there are too few namespaces.
void fixture::check_until_served(std::function<void()> on_check_failed)
{
    auto const deadline = steady_clock::now() + longest_work;
    auto const pause = settings.namespaces >= least_namespaces_in_log ? milliseconds(500) : milliseconds(10);
    while (!is_served())
    {
        if (steady_clock::now() > deadline)
            throw std::runtime_error("Secrets or references are missing or outdated after ten minutes");
        std::this_thread::sleep_for(pause);
        on_check_failed();
    }
}

}  // namespace tcr::benchmark
