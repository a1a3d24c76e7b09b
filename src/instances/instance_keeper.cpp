#include <tcr/instances/instance_file.hpp>
#include <tcr/instances/instance_keeper.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/kube/small_file.hpp>
#include <tcr/util/backoff.hpp>

#include <utility>

namespace tcr::instances
{
namespace
{

using std::chrono::seconds;
using steady_clock = std::chrono::steady_clock;

constexpr seconds look_at_file{10};

/// After a failed call or write: the webhook that judges ImagePullSecrets is our own, and may not be up yet.
constexpr backoff_policy retry{std::chrono::milliseconds(5'000), std::chrono::milliseconds(60'000)};

/// Domains come and go by somebody's hand.
constexpr std::chrono::minutes names_age{10};

}  // namespace

instance_keeper::instance_keeper(
    asio::any_io_executor executor,
    kube::client& client,
    runtime::leadership const& held,
    credentials::instance_directory& directory,
    controller::catalog const& present,
    std::filesystem::path file,
    logger& log
)
    : writes_(executor, client, held),
      directory_(directory),
      present_(present),
      file_(std::move(file)),
      log_(log),
      news_(executor)
{
}

void instance_keeper::read_file()
{
    auto const stamp = stamp_of(file_);
    if (was_read_ && stamp == read_)
        return;
    auto const called = "instances " + file_.string();
    auto const text = kube::read_small_file(file_, called);
    // It may become readable without being another.
    if (!text)
        return report(called, text.error().message());
    read_ = stamp;
    was_read_ = true;
    auto parsed = parse_instances(called, *text);
    if (!parsed)
        return report(called, parsed.error().message());
    reported_.erase(called);
    log_.info(
        "instances taken over",
        {{"file", file_.string()},
         {"instances", parsed->instances.size()},
         {"imagepullsecrets", parsed->written_out.size()}}
    );
    configured_ = std::move(*parsed);
}

task<void> instance_keeper::lead()
{
    failures_ = 0;
    for (;;)
    {
        read_file();
        bool is_done = true;
        if (configured_)
            is_done = co_await bring_about();
        failures_ = is_done ? 0 : failures_ + 1;
        // Our own writes wake us, too.
        if (is_done)
            co_await news_.wait_until(steady_clock::now() + look_at_file);
        else
            co_await sleep_for(retry.delay(failures_, std::generate_canonical<double, 32>(random_)));
    }
}

/// \return whether all is as configured.
task<bool> instance_keeper::bring_about()
{
    bool is_done = true;
    auto const configured = *configured_;
    auto wanted = configured.written_out;
    std::set<std::string> unknown;
    for (auto const& each : configured.instances)
    {
        credentials::instance_names names;
        if (needs_names(each))
        {
            auto told = co_await directory_.names(each.id, names_age);
            if (!told)
            {
                unknown.insert(each.id.id);
                report("instance " + each.id.id, told.error().message());
                is_done = false;
                continue;
            }
            reported_.erase("instance " + each.id.id);
            names = std::move(*told);
        }
        for (auto& cr : crs_of(each, names))
            wanted.push_back(std::move(cr));
    }
    auto const steps = plan_instances(wanted, unknown, present_);
    for (auto const& step : steps)
    {
        bool const is_taken = co_await act(step);
        is_done = is_done && is_taken;
    }
    co_return is_done;
}

task<bool> instance_keeper::act(instance_action step)
{
    using kind = instance_action::kind;
    auto const type = controller::image_pull_secret_type();
    auto const about = "imagepullsecret " + step.cr.name;
    std::string const cluster_scoped;
    net::http_request request;
    switch (step.what)
    {
        case kind::report:
            report(
                about,
                "somebody made an ImagePullSecret of this name; it is left as it is. Delete it, or give it "
                "the labels that ours have, to have it kept by the configuration"
            );
            co_return true;
        case kind::create:
            request = kube::create_request(type, cluster_scoped, controller::create_body(step.cr));
            break;
        case kind::update:
            request = kube::merge_patch_request(
                type, cluster_scoped, step.cr.name, controller::update_body(step.cr)
            );
            break;
        case kind::remove:
            request = kube::delete_request(
                type, cluster_scoped, step.cr.name, std::to_string(step.resource_version)
            );
            break;
    }
    auto const doing = "cannot write " + about;
    auto answer = co_await writes_.fetch(std::move(request), doing);
    // The watch tells what somebody else did meanwhile.
    bool const is_overtaken = !answer && (answer.error().code == kube::errc::already_exists ||
                                          answer.error().code == kube::errc::conflict ||
                                          answer.error().code == kube::errc::not_found);
    if (!answer && !is_overtaken)
    {
        report(about, answer.error().message());
        co_return false;
    }
    reported_.erase(about);
    if (answer)
        log_.info(
            step.what == kind::create   ? "imagepullsecret made"
            : step.what == kind::update ? "imagepullsecret changed"
                                        : "imagepullsecret removed",
            {{"name", step.cr.name}}
        );
    co_return !is_overtaken;
}

/// Once, until it is another.
void instance_keeper::report(std::string const& about, std::string const& why)
{
    if (std::exchange(reported_[about], why) != why)
        log_.warning("not as configured", {{"what", about}, {"why", why}});
}

}  // namespace tcr::instances
