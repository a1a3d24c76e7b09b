// SPDX-License-Identifier: Apache-2.0
#include "measurements.hpp"

#include "busy_work.hpp"
#include "tables.hpp"
#include <tcr/controller/pull_secret.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tcr::benchmark
{
namespace
{

using std::chrono::seconds;

constexpr char const* cr_name = "benchmark";

std::string reference()
{
    return controller::secret_name(cr_name);
}

}  // namespace

admission_measurements::admission_measurements(admission_settings settings, report& into)
    : settings_(std::move(settings)),
      report_(into),
      cluster_(settings_.kubeconfig),
      server_(loop_, settings_.kubeconfig, settings_.prefix, settings_.namespaces)
{
}

void admission_measurements::run()
{
    cluster_.make_namespaces(settings_.prefix, settings_.namespaces, settings_.accounts);
    {
        auto const controller = start_controller();
        controller->process.skip_log();
        cluster_.create_image_pull_secrets({cr_name}, "first-password");
        controller->process.wait_for_line(" emptied the work queue ", seconds(600));
        require(settings_.namespaces);
        measure_quiet();
        measure_fastest();
        measure_busy(controller->process);
        begin_memory(report_, "memory_after_loads", "The same process after all of this");
        add_memory(report_, "now", "", *controller);
        controller->process.stop();
    }
    measure_memory();
    cluster_.delete_cr(cr_name);
}

/// Starts a controller in its own control group, and waits until the API server can call its webhooks.
std::unique_ptr<confined_controller> admission_measurements::start_controller()
{
    auto started = std::make_unique<confined_controller>(
        settings_.controller, controllers_++, settings_.cpus, settings_.memory_mib
    );
    running_ = started.get();
    started->process.wait_for_line(" emptied the work queue ", seconds(120));
    server_.wait_for_validation(true);
    webhook_place place;
    place.port = settings_.webhook_port;
    place.ca_pem = server_.trusted_by(api_server::hook::mutating);
    webhook_ = std::make_unique<webhook_caller>(loop_, place, settings_.prefix, settings_.namespaces);
    return started;
}

void admission_measurements::measure(
    std::string const& key,
    std::string const& what,
    double rate,
    call const& make,
    std::function<void()> just_before
)
{
    std::chrono::duration<double> const warm_up(3);
    offer(loop_, rate, warm_up, make);
    if (just_before)
        just_before();
    meter const used(running_->group);
    auto const figures = offer(loop_, rate, std::chrono::duration<double>(settings_.seconds), make);
    add_load(report_, key, what, figures, used);
}

void admission_measurements::measure_quiet()
{
    call const create_account = [this](std::size_t index)
    { return server_.create_account(index, reference()); };
    call const create_cr = [this](std::size_t index) { return server_.create_cr(index); };
    call const review_account = [this](std::size_t index) { return webhook_->review_account(index); };
    call const review_cr = [this](std::size_t index) { return webhook_->review_cr(index); };

    begin_loads(report_, "quiet", "Quiet: all namespaces converged; calls at a steady rate");
    measure("account", "ServiceAccount, dry run", settings_.rate, create_account);
    {
        api_server::absence const none(server_, api_server::hook::mutating);
        server_.wait_for_mutation(false, reference());
        measure("account_without_webhook", "ServiceAccount, no webhook", settings_.rate, create_account);
    }
    server_.wait_for_mutation(true, reference());
    measure("cr", "ImagePullSecret, dry run", settings_.cr_rate, create_cr);
    {
        api_server::absence const none(server_, api_server::hook::validating);
        server_.wait_for_validation(false);
        measure("cr_without_webhook", "ImagePullSecret, no webhook", settings_.cr_rate, create_cr);
    }
    server_.wait_for_validation(true);
    measure("account_review", "review of a ServiceAccount, direct", settings_.rate, review_account);
    measure("cr_review", "review of an ImagePullSecret, direct", settings_.rate, review_cr);
}

void admission_measurements::measure_fastest()
{
    std::chrono::duration<double> const length(settings_.closed_seconds);
    call const review_account = [this](std::size_t index) { return webhook_->review_account(index); };
    call const review_cr = [this](std::size_t index) { return webhook_->review_cr(index); };

    begin_loads(
        report_, "fastest", "Quiet: reviews sent to the webhook itself, as fast as they are answered"
    );
    for (std::size_t const callers : {1, 8, 32})
    {
        auto const measure_one = [&](std::string const& key, std::string const& what, call const& make)
        {
            saturate(loop_, callers, std::chrono::duration<double>(1), make);
            meter const used(running_->group);
            auto const figures = saturate(loop_, callers, length, make);
            auto const count = std::to_string(callers);
            add_load(report_, key + "_" + count, what + ", connections: " + count, figures, used);
        };
        measure_one("account_review", "ServiceAccount", review_account);
        measure_one("cr_review", "ImagePullSecret", review_cr);
    }
}

/// Waits until exactly this number of namespaces have the required Secrets and references. Then waits until
/// the controller is idle.
void admission_measurements::require(std::size_t namespaces)
{
    for (int tries = 0; tries < 240; ++tries)
    {
        auto const there = cluster_.count(settings_.prefix, cr_name);
        if (there.secrets == namespaces && there.references == namespaces * settings_.accounts)
            return running_->wait_until_idle();
        std::this_thread::sleep_for(seconds(1));
    }
    throw std::runtime_error("the controller does not bring the cluster to the desired state");
}

void admission_measurements::measure_busy(controller_process& controller)
{
    call const create_account = [this](std::size_t index)
    { return server_.create_account(index, reference()); };
    call const review_account = [this](std::size_t index) { return webhook_->review_account(index); };
    call const review_cr = [this](std::size_t index) { return webhook_->review_cr(index); };

    begin_loads(
        report_, "busy", "Busy: the same while all namespaces converge, and then get other passwords"
    );
    std::string rounds;
    auto const measure_one = [&](std::string const& key, std::string const& what, call const& make)
    {
        cluster_.delete_cr(cr_name);
        require(0);
        controller.skip_log();
        std::optional<busy_work> work;
        measure(
            key, what, settings_.rate, make, [&] { work.emplace(settings_.kubeconfig, controller, cr_name); }
        );
        rounds += (rounds.empty() ? "" : ", ") + std::to_string(work->finish());
    };
    measure_one("account", "ServiceAccount, dry run", create_account);
    {
        api_server::absence const none(server_, api_server::hook::mutating);
        server_.wait_for_mutation(false, reference());
        measure_one("account_without_webhook", "ServiceAccount, no webhook", create_account);
    }
    server_.wait_for_mutation(true, reference());
    measure_one("account_review", "review of a ServiceAccount, direct", review_account);
    measure_one("cr_review", "review of an ImagePullSecret, direct", review_cr);
    report_.print("rounds of writes in all namespaces meanwhile: " + rounds);
}

void admission_measurements::measure_memory()
{
    auto const controller = start_controller();
    auto const settle = [] { std::this_thread::sleep_for(seconds(2)); };
    auto const note = [&](std::string const& key, std::string const& what)
    { add_memory(report_, key, what, *controller); };
    auto const count = std::to_string(settings_.connections);

    begin_memory(report_, "memory", "Memory of a process started on the converged cluster");
    settle();
    note("before", "before");
    {
        webhook_place place;
        place.port = settings_.webhook_port;
        place.ca_pem = server_.trusted_by(api_server::hook::mutating);
        open_connections connections(loop_, place, settings_.connections);
        note("idle", count + " TLS connections, nothing asked yet");
        connections.ask_on_each(settings_.prefix + "0");
        settle();
        note("asked", count + " TLS connections, a review on each");
    }
    settle();
    note("afterwards", "afterwards, connections closed");
    controller->process.stop();
}

}  // namespace tcr::benchmark
