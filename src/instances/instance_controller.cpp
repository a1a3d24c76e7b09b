// SPDX-License-Identifier: Apache-2.0
#include "instance_file.hpp"
#include "instance_plan.hpp"
#include <tcr/instances/instance_controller.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/util/backoff.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/small_file.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace tcr::instances
{
namespace
{

using std::chrono::seconds;
using steady_clock = std::chrono::steady_clock;

/// Time that a changed file must stay unchanged before it is read, because a program may write it in several
/// steps.
constexpr seconds quiet_time{2};

/// Delays after failed queries to the cloud and failed writes. Writes can fail at the start: our own webhook,
/// which validates them, may not be running yet.
constexpr backoff_policy retry{std::chrono::milliseconds(5'000), std::chrono::milliseconds(60'000)};

/// Max age of the cloud's answers about domains. Domains change rarely: operators change them by hand.
constexpr seconds max_names_age{600};

}  // namespace

instance_controller::instance_controller(
    asio::any_io_executor executor,
    dependencies with,
    std::filesystem::path file,
    std::chrono::milliseconds removal_delay,
    logger& log
)
    : with_(with),
      file_(std::move(file), quiet_time),
      log_(log),
      loop_(
          executor, [this] { return reconcile(); }, retry
      ),
      removals_(removal_delay)
{
}

void instance_controller::read_file()
{
    auto const source = "instances " + file_.path().string();
    auto const text = file_.read_if_changed(source);
    next_check_ = file_.next_check();
    is_current_ = is_current_ && file_.is_current();
    if (!text)
        return;
    auto parsed = *text ? parse_instances(source, **text) : result<instance_list>(text->error());
    is_current_ = parsed.has_value();
    if (!parsed)
        return report(source, "cannot use the list of instances; keeping the last valid one", parsed.error());
    reported_.resolved(source);
    log_.info(
        "read the list of instances",
        {{"file", file_.path().string()},
         {"instances", parsed->instances.size()},
         {"imagepullsecrets", parsed->image_pull_secrets.size()}}
    );
    configured_ = std::move(*parsed);
}

task<runtime::next_reconcile> instance_controller::reconcile()
{
    read_file();
    bool const is_done = !configured_ || co_await apply_list();
    co_return runtime::next_reconcile{next_check_, !is_done};
}

/// Applies the list once. \return false if a query to the cloud or a write failed, so that the caller
/// retries.
task<bool> instance_controller::apply_list()
{
    bool is_done = true;
    // Use the same `now` for the age of the answers and for the removals. If a removal becomes due during the
    // queries to the cloud, the next run removes the object.
    auto const now = steady_clock::now();
    auto const age = is_current_ ? removals_.answer_age(now, max_names_age) : max_names_age;
    auto const configured = *configured_;
    auto desired = configured.image_pull_secrets;
    std::set<std::string> unknown;
    for (auto const& each : configured.instances)
    {
        credentials::instance_names names;
        if (needs_names(each))
        {
            auto answer = co_await with_.directory.names(each.id, age);
            if (!answer)
            {
                unknown.insert(each.id.id);
                report(
                    "instance " + each.id.id,
                    "cannot read the domains of an instance; keeping its ImagePullSecrets",
                    answer.error()
                );
                is_done = false;
                continue;
            }
            reported_.resolved("instance " + each.id.id);
            names = std::move(*answer);
        }
        for (auto& object : image_pull_secrets_of(each, names))
            desired.push_back(std::move(object));
    }
    removal_decision removals;
    // Remove objects only if the list is the file's content: a changed or invalid file may require objects
    // that the last valid list lacks.
    if (is_current_)
    {
        auto const managed = classify_managed(desired, unknown, with_.present);
        removals = removals_.decide(managed, now);
        announce(removals, managed);
        next_check_ = std::min(next_check_, removals.next.value_or(next_check_));
    }
    auto const steps = plan_instances(desired, removals.now, with_.present);
    for (auto const& step : steps)
    {
        bool const is_written = co_await write(step);
        is_done = is_done && is_written;
    }
    co_return is_done;
}

void instance_controller::announce(removal_decision const& decision, managed_objects const& managed)
{
    auto const record = [this](std::string const& name, auto type, auto reason, std::string const& message)
    {
        if (auto const* entry = with_.present.find(name))
            with_.events.record(controller::reference_to(entry->cr), type, reason, message);
    };
    auto const delay = to_text(removals_.delay());
    auto const all = managed.listed.size() + managed.unlisted.size() + managed.unknown.size();
    auto const share = std::to_string(managed.unlisted.size()) + " of " + std::to_string(all);
    for (auto const& name : decision.announced)
        record(
            name,
            runtime::event_type::warning,
            "RemovalPending",
            "the list of instances no longer asks for this ImagePullSecret (" + share +
                "); it is removed in " + delay + ", with its Secrets, unless the list asks for it again"
        );
    if (!decision.announced.empty())
        log_.error(
            "most ImagePullSecrets of the list of instances are about to be removed",
            {{"in", delay},
             {"share", share},
             {"first", decision.announced.front()},
             {"file", file_.path().string()}}
        );
    for (auto const& name : decision.cancelled)
        record(
            name,
            runtime::event_type::normal,
            "RemovalCancelled",
            "the list of instances asks for this ImagePullSecret again; it stays"
        );
    if (!decision.cancelled.empty())
        log_.info(
            "cancelled announced removals of ImagePullSecrets",
            {{"imagepullsecrets", decision.cancelled.size()}, {"pending", removals_.pending()}}
        );
}

task<bool> instance_controller::write(instance_action step)
{
    using kind = instance_action::kind;
    auto const type = controller::image_pull_secret_type();
    auto const about = "ImagePullSecret " + step.object.name;
    std::string const cluster_scoped;
    net::http_request request;
    switch (step.what)
    {
        case kind::report:
            report(
                about,
                "cannot apply the list of instances to an ImagePullSecret that another client created",
                error(
                    kube::errc::already_exists,
                    about + " is not managed by the list; delete it, or add the labels of those that are"
                )
            );
            co_return true;
        case kind::create:
            request = kube::create_request(type, cluster_scoped, controller::create_body(step.object));
            break;
        case kind::update:
            request = kube::merge_patch_request(
                type, cluster_scoped, step.object.name, controller::update_body(step.object)
            );
            break;
        case kind::remove:
            request = kube::delete_request(
                type, cluster_scoped, step.object.name, std::to_string(step.resource_version)
            );
            break;
    }
    auto const action = "cannot write " + about;
    auto answer = co_await with_.writes.fetch(std::move(request), action);
    // Do not log a conflict: the watch delivers the other client's change, and the retry uses it.
    bool const is_conflict = !answer && (answer.error().code == kube::errc::already_exists ||
                                         answer.error().code == kube::errc::conflict ||
                                         answer.error().code == kube::errc::not_found);
    if (!answer && !is_conflict)
    {
        report(about, "cannot write an ImagePullSecret; retrying within 60s", answer.error());
        co_return false;
    }
    reported_.resolved(about);
    if (answer)
        log_.info(
            step.what == kind::create   ? "created an ImagePullSecret"
            : step.what == kind::update ? "updated an ImagePullSecret"
                                        : "deleted an ImagePullSecret",
            {{"name", step.object.name}}
        );
    co_return !is_conflict;
}

void instance_controller::report(std::string const& about, std::string_view text, error const& cause)
{
    if (reported_.is_new(about, cause.message()))
        log_.warning(text, {{"object", about}, {"error", cause.message()}});
}

}  // namespace tcr::instances
