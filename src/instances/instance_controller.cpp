#include "instance_file.hpp"
#include <tcr/instances/instance_controller.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/kube/small_file.hpp>
#include <tcr/util/backoff.hpp>
#include <tcr/util/duration.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace tcr::instances
{
namespace
{

using std::chrono::seconds;
using steady_clock = std::chrono::steady_clock;

constexpr seconds file_check_interval{10};

/// A list may be written in pieces. The pauses between them are shorter than this.
constexpr seconds quiet_time{2};

/// For failed calls and writes: the webhook that validates ImagePullSecrets is our own and may not be up yet.
constexpr backoff_policy retry{std::chrono::milliseconds(5'000), std::chrono::milliseconds(60'000)};

/// Max age of the cloud's answers about domains: domains change rarely, by hand.
constexpr seconds max_names_age{600};

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
      settling_(quiet_time),
      removals_(removal_delay),
      removal_delay_(removal_delay)
{
}

void instance_controller::read_file()
{
    auto const now = steady_clock::now();
    auto const stamp = stamp_of(file_);
    next_check_ = now + file_check_interval;
    if (read_ == stamp)
        return;
    read_.reset();
    is_current_ = false;
    if (!settling_.is_settled(stamp, now, std::chrono::system_clock::now()))
    {
        next_check_ = settling_.next_look(now);
        return;
    }
    auto const source = "instances " + file_.string();
    auto const text = kube::read_small_file(file_, source);
    // `read_` stays empty: the file may become readable without a change.
    if (!text)
        return report(source, "cannot read the list of instances; keeping the last valid one", text.error());
    if (stamp_of(file_) != stamp)
    {
        next_check_ = settling_.next_look(now);
        return;
    }
    read_ = stamp;
    auto parsed = parse_instances(source, *text);
    if (!parsed)
        return report(source, "cannot use the list of instances; keeping the last valid one", parsed.error());
    is_current_ = true;
    reported_.resolved(source);
    log_.info(
        "read the list of instances",
        {{"file", file_.string()},
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

/// \return whether everything is as configured.
task<bool> instance_controller::apply_list()
{
    bool is_done = true;
    // Use one time for the age of the answers and for the removals. A removal that becomes due while the
    // cloud is asked waits for the next run.
    auto const now = steady_clock::now();
    auto const age = is_current_ ? removals_.answer_age(now, max_names_age) : max_names_age;
    auto const configured = *configured_;
    auto wanted = configured.image_pull_secrets;
    std::set<std::string> unknown;
    for (auto const& each : configured.instances)
    {
        credentials::instance_names names;
        if (needs_names(each))
        {
            auto answer = co_await directory_.names(each.id, age);
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
            wanted.push_back(std::move(object));
    }
    auto const made = classify_managed(wanted, unknown, present_);
    auto const steps = without_pending_removals(plan_instances(wanted, unknown, present_), made, now);
    for (auto const& step : steps)
    {
        bool const is_written = co_await write(step);
        is_done = is_done && is_written;
    }
    co_return is_done;
}

/// Returns the steps without the removals that must wait.
std::vector<instance_action> instance_controller::without_pending_removals(
    std::vector<instance_action> steps, managed_objects const& made, steady_clock::time_point now
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
        next_check_ = std::min(next_check_, *decision.next);
    std::erase_if(
        steps,
        [&decision](instance_action const& step)
        { return step.what == instance_action::kind::remove && !decision.now.contains(step.object.name); }
    );
    return steps;
}

void instance_controller::announce(removal_decision const& decision, managed_objects const& made)
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
            "cancelled announced removals of ImagePullSecrets",
            {{"imagepullsecrets", decision.cancelled.size()}, {"pending", removals_.pending()}}
        );
}

task<bool> instance_controller::write(instance_action step)
{
    using kind = instance_action::kind;
    auto const type = controller::image_pull_secret_type();
    auto const about = "imagepullsecret " + step.object.name;
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
    auto answer = co_await writes_.fetch(std::move(request), action);
    // The watch reports what another client did meanwhile.
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
