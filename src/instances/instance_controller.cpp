#include "instance_file.hpp"
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

constexpr seconds look_at_file{10};

/// A list may be written in pieces. The pauses between them are shorter than this.
constexpr seconds quiet{2};

/// For failed calls and writes: the webhook that validates ImagePullSecrets is our own and may not be up yet.
constexpr backoff_policy retry{std::chrono::milliseconds(5'000), std::chrono::milliseconds(60'000)};

/// Max age of the cloud's answers about domains: domains change rarely, by hand.
constexpr seconds names_age{600};

}  // namespace

instance_controller::instance_controller(
    asio::any_io_executor executor,
    runtime::fenced_client& writes,
    credentials::instance_directory& directory,
    controller::catalog const& present,
    runtime::event_recorder& events,
    std::filesystem::path file,
    std::chrono::milliseconds removal_delay,
    logger& log
)
    : writes_(writes),
      directory_(directory),
      present_(present),
      events_(events),
      file_(std::move(file)),
      log_(log),
      loop_(
          executor, [this] { return reconcile(); }, retry
      ),
      settling_(quiet),
      removals_(removal_delay),
      removal_delay_(removal_delay)
{
}

void instance_controller::read_file()
{
    auto const now = steady_clock::now();
    auto const stamp = stamp_of(file_);
    next_look_ = now + look_at_file;
    if (read_ == stamp)
        return;
    read_.reset();
    is_current_ = false;
    if (!settling_.is_settled(stamp, now, std::chrono::system_clock::now()))
    {
        next_look_ = settling_.next_look(now);
        return;
    }
    auto const called = "instances " + file_.string();
    auto const text = read_small_file(file_, called);
    // `read_` stays empty: the file may become readable without a change.
    if (!text)
        return report(called, text.error().message());
    if (stamp_of(file_) != stamp)
    {
        next_look_ = settling_.next_look(now);
        return;
    }
    read_ = stamp;
    auto parsed = parse_instances(called, *text);
    if (!parsed)
        return report(called, parsed.error().message());
    is_current_ = true;
    reported_.resolved(called);
    log_.info(
        "instances taken over",
        {{"file", file_.string()},
         {"instances", parsed->instances.size()},
         {"imagepullsecrets", parsed->written_out.size()}}
    );
    configured_ = std::move(*parsed);
}

task<runtime::next_reconcile> instance_controller::reconcile()
{
    read_file();
    bool const is_done = !configured_ || co_await bring_about();
    co_return runtime::next_reconcile{next_look_, !is_done};
}

/// \return whether everything is as configured.
task<bool> instance_controller::bring_about()
{
    bool is_done = true;
    // Use one time for the age of the answers and for the removals. A removal that becomes due while the
    // cloud is asked waits for the next run.
    auto const now = steady_clock::now();
    auto const age = is_current_ ? removals_.answer_age(now, names_age) : names_age;
    auto const configured = *configured_;
    auto wanted = configured.written_out;
    std::set<std::string> unknown;
    for (auto const& each : configured.instances)
    {
        credentials::instance_names names;
        if (needs_names(each))
        {
            auto told = co_await directory_.names(each.id, age);
            if (!told)
            {
                unknown.insert(each.id.id);
                report("instance " + each.id.id, told.error().message());
                is_done = false;
                continue;
            }
            reported_.resolved("instance " + each.id.id);
            names = std::move(*told);
        }
        for (auto& cr : crs_of(each, names))
            wanted.push_back(std::move(cr));
    }
    auto const made = made_from(wanted, unknown, present_);
    auto const steps = braked(plan_instances(wanted, unknown, present_), made, now);
    for (auto const& step : steps)
    {
        bool const is_taken = co_await act(step);
        is_done = is_done && is_taken;
    }
    co_return is_done;
}

/// Returns the steps without the removals that must wait.
std::vector<instance_action> instance_controller::braked(
    std::vector<instance_action> steps, made_objects const& made, steady_clock::time_point now
)
{
    removal_decision decision;
    // A changed or invalid file may ask for what the last valid one does not: remove nothing.
    if (is_current_)
    {
        decision = removals_.decide(made, now);
        announce(decision, made);
    }
    if (decision.next)
        next_look_ = std::min(next_look_, *decision.next);
    std::erase_if(
        steps,
        [&decision](instance_action const& step)
        { return step.what == instance_action::kind::remove && !decision.now.contains(step.cr.name); }
    );
    return steps;
}

void instance_controller::announce(removal_decision const& decision, made_objects const& made)
{
    auto const record = [this](std::string const& name, auto type, auto reason, std::string const& message)
    {
        if (auto const* entry = present_.find(name))
            events_.record(controller::reference_to(entry->cr), type, reason, message);
    };
    auto const delay = to_text(removal_delay_);
    auto const all = made.listed.size() + made.unlisted.size() + made.unknown.size();
    auto const share = std::to_string(made.unlisted.size()) + " of " + std::to_string(all);
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
            {{"in", delay}, {"share", share}, {"first", decision.announced.front()}, {"file", file_.string()}}
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
            "announced removals are cancelled",
            {{"imagepullsecrets", decision.cancelled.size()}, {"pending", removals_.pending()}}
        );
}

task<bool> instance_controller::act(instance_action step)
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
    // The watch reports what another client did meanwhile.
    bool const is_overtaken = !answer && (answer.error().code == kube::errc::already_exists ||
                                          answer.error().code == kube::errc::conflict ||
                                          answer.error().code == kube::errc::not_found);
    if (!answer && !is_overtaken)
    {
        report(about, answer.error().message());
        co_return false;
    }
    reported_.resolved(about);
    if (answer)
        log_.info(
            step.what == kind::create   ? "imagepullsecret made"
            : step.what == kind::update ? "imagepullsecret changed"
                                        : "imagepullsecret removed",
            {{"name", step.cr.name}}
        );
    co_return !is_overtaken;
}

void instance_controller::report(std::string const& about, std::string const& why)
{
    if (reported_.is_new(about, why))
        log_.warning("not as configured", {{"what", about}, {"why", why}});
}

}  // namespace tcr::instances
