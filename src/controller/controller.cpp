#include <tcr/controller/controller.hpp>
#include <tcr/controller/orphans.hpp>
#include <tcr/controller/wish_check.hpp>
#include <tcr/util/cpu_limit.hpp>
#include <tcr/util/task_group.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace tcr::controller
{
namespace
{

using runtime::cause;
using runtime::change;
using runtime::lane;

/// Of a CPU limit: the rest is for what cannot wait, such as webhooks.
constexpr double share_for_writes = 0.85;

std::optional<runtime::cpu_pace> pace_below(std::optional<double> cpu_limit)
{
    if (!limits_one_thread(cpu_limit))
        return std::nullopt;
    return runtime::cpu_pace(*cpu_limit * share_for_writes);
}

/// A Secret for a namespace that the API server's own cache does not know yet waits 50 ms there before the server looks
/// again (missingNamespaceWait, plugin/pkg/admission/namespace/lifecycle/admission.go). Our watch is as fast as that
/// cache, so the server gets a moment; the namespace's first account, which somebody could only make once the namespace
/// was known, cuts it short.
constexpr std::chrono::milliseconds newcomer_rest{4};

/// Two watches are of Secrets.
runtime::watcher_options named(runtime::watcher_options options, std::string name)
{
    options.name = std::move(name);
    return options;
}

constexpr std::chrono::milliseconds confirm_retry{1000};
constexpr std::chrono::milliseconds confirm_pause{100};

/// Between a server's store and its watches, before a watch counts as stuck.
constexpr std::chrono::seconds longest_lag{30};

constexpr std::chrono::seconds orphan_retry{10};
constexpr std::chrono::seconds housekeeping_interval{30};
constexpr std::chrono::seconds idle_connection_age{60};

}  // namespace

/// The time during which this process leads: how it begins and, however it ends, ends.
class controller::term
{
public:
    explicit term(controller& whose) : whose_(whose)
    {
        // The statuses tell what the leader before us did.
        for (auto const& [name, entry] : whose_.crs_)
            whose_.outcomes_.adopt(entry.cr);
        whose_.leading_ = true;
        whose_.counts_.restart();
        whose_.queue_everything();
        whose_.dispatcher_.open();
        whose_.status_writer_.touch_at_once();
    }
    ~term()
    {
        whose_.leading_ = false;
        whose_.told_troubles_.clear();
        whose_.dispatcher_.close();
        whose_.newcomers_.clear();
        whose_.walk_.clear();
        whose_.counts_.clear();
        whose_.reconciler_.forget_unfinished();
        whose_.outcomes_ = {};
    }
    term(term const&) = delete;
    term& operator=(term const&) = delete;

private:
    controller& whose_;
};

controller::controller(
    asio::any_io_executor executor,
    kube::client& client,
    outside world,
    runtime::leadership const& held,
    controller_options options,
    logger& log
)
    : executor_(executor),
      client_(client),
      log_(log),
      checks_credentials_(options.credential_check_interval.count() > 0),
      credentials_(options.tokens.own_namespace, options.tokens.rules, [this] { on_credentials(); }),
      crs_([this](auto const& spec) { return find_login(spec, credentials_); }),
      counts_(crs_, store_),
      walk_(
          executor,
          store_,
          [this](auto where)
          {
              counts_.touch(where);
              dispatcher_.add(where, lane::bulk, cause::change);
          }
      ),
      pace_(pace_below(options.cpu_limit)),
      writes_(executor, client, held, pace_ ? &*pace_ : nullptr),
      events_(
          executor,
          [this](auto request, auto doing) { return writes_.fetch(std::move(request), doing); },
          options.events,
          log
      ),
      reconciler_(
          writes_,
          store_,
          crs_,
          outcomes_,
          events_,
          log,
          {[this] { status_writer_.touch(); }, [this](auto where)
           {
               counts_.touch(where);
               status_writer_.touch();
           }}
      ),
      dispatcher_(
          executor, options.queue, options.max_in_flight, [this](auto where) { return serve(where); }, log
      ),
      tokens_(
          executor,
          client,
          world.cloud,
          writes_,
          credentials_,
          options.tokens,
          {[this] { return token_wishes(); },
           [this](auto const& of, auto const& trouble) { on_trouble(of, trouble); }},
          log,
          [] { return std::chrono::system_clock::now(); }
      ),
      checker_(
          executor,
          world.web,
          options.credential_check_interval,
          [this] { return check_targets(); },
          [this](auto const& name, auto const& verdict) { on_verdict(name, verdict); },
          log
      ),
      status_writer_(
          executor,
          writes_,
          crs_,
          store_,
          counts_,
          walk_,
          outcomes_,
          {&tokens_.troubles(), &checker_.verdicts()},
          options.status,
          log
      ),
      namespaces_(store_, [this](auto event) { on_namespace(event); }),
      accounts_(store_, [this](auto event) { on_account(event); }, std::string(secret_prefix)),
      secrets_(store_, [this](auto event) { on_change(event, event.what == change::added); }),
      catalog_reflector_(
          crs_,
          {[this](auto const& name, auto before) { on_spec_changed(name, std::move(before)); },
           [this](auto const&) { status_writer_.touch(); },
           [this] { missing_news_.notify(); }}
      ),
      quarantine_(log),
      watch_namespaces_(
          client, {"", "v1", "namespaces", true}, {}, namespaces_, quarantine_, options.watcher, log, [this] { on_list(); }
      ),
      watch_accounts_(
          client, {"", "v1", "serviceaccounts"}, {}, accounts_, quarantine_, options.watcher, log, [this] { on_list(); }
      ),
      watch_secrets_(
          client, {"", "v1", "secrets"}, our_secrets(), secrets_, quarantine_, options.watcher, log, [this] { on_list(); }
      ),
      watch_crs_(
          client,
          image_pull_secret_type(),
          {},
          catalog_reflector_,
          quarantine_,
          options.watcher,
          log,
          [this] { on_list(); }
      ),
      watch_credentials_(
          client,
          {"", "v1", "secrets"},
          credentials::credential_selection(options.tokens.own_namespace),
          credentials_,
          quarantine_,
          named(options.watcher, "credentials"),
          log,
          [this] { on_list(); }
      ),
      synced_news_(executor),
      missing_news_(executor)
{
    namespaces_.report_problems_to(
        [this](auto ns, auto name, auto problem)
        { quarantine_.add(watch_namespaces_.name(), ns, name, problem); }
    );
    accounts_.report_problems_to([this](auto ns, auto name, auto problem)
                                 { quarantine_.add(watch_accounts_.name(), ns, name, problem); });
}

void controller::on_namespace(runtime::stored event)
{
    // Numbers of namespaces are used again: what was said of the old one is not the new one's.
    if (event.what != change::modified)
    {
        dispatcher_.forget(event.where);
        newcomers_.forget(event.where);
    }
    if (!leading_ || event.what != change::added)
        return on_change(event, event.what == change::modified);
    counts_.touch(event.where);
    newcomers_.appeared(event.where, std::chrono::steady_clock::now());
    dispatcher_.add_later(event.where, newcomer_rest);
    status_writer_.touch();
}

void controller::on_account(runtime::stored event)
{
    if (leading_ && event.what == change::added)
        newcomers_.appeared(event.where, std::chrono::steady_clock::now());
    on_change(event, event.what == change::added);
}

void controller::on_change(runtime::stored event, bool is_new_work)
{
    if (!leading_)
        return;
    counts_.touch(event.where);
    dispatcher_.add(event.where, lane::fresh, is_new_work ? cause::change : cause::drift);
    status_writer_.touch();
}

/// The namespaces that it served and that it serves now have to be looked at, and no others.
void controller::on_spec_changed(
    std::string const& cr_name, std::shared_ptr<namespace_scope const> before
)
{
    crs_listener_();
    if (!leading_)
        return;
    tokens_.touch();
    checker_.touch();
    reconciler_.forget_unfinished();
    walk_.add(std::move(before));
    if (auto const* entry = crs_.find(cr_name))
    {
        outcomes_.adopt(entry->cr);
        walk_.add(entry->scope);
    }
    else
        outcomes_.forget(cr_name);
    status_writer_.touch_at_once();
}

// --- credentials

void controller::on_credentials()
{
    tokens_.touch();
    for (auto const& cr_name : crs_.refresh())
        on_spec_changed(cr_name, nullptr);
}

credentials::token_wishes controller::token_wishes() const
{
    credentials::token_wishes wishes;
    for (auto const& [name, entry] : crs_)
        if (auto const& spec = entry.cr.spec;
            wants_token(spec) && credentials_.is_allowed(spec.tcr->reference()))
            wishes[spec.tcr->reference()].insert(spec.server);
    return wishes;
}

std::vector<credentials::check_target> controller::check_targets() const
{
    std::vector<credentials::check_target> targets;
    for (auto const& [name, entry] : crs_)
        if (entry.is_valid())
            targets.push_back({name, entry.cr.spec.server, *entry.credential});
    return targets;
}

void controller::on_trouble(
    credentials::token_reference const& of, std::optional<credentials::token_trouble> const& trouble
)
{
    status_writer_.touch();
    if (!trouble)
    {
        if (told_troubles_.erase(of) > 0)
            log_.info("the token is fresh again", {{"instance", of.instance.id}});
        return;
    }
    // Failures that differ in a request id alone are one.
    if (std::exchange(told_troubles_[of], trouble->reason) == trouble->reason)
        return;
    logger::fields const facts{
        {"instance", of.instance.id}, {"reason", trouble->reason}, {"why", trouble->message}};
    if (trouble->reason == "RefreshFailing")
        log_.warning("the token cannot be refreshed", facts);
    else
        log_.error("there is no good token, or soon will be none", facts);
    for (auto const& [name, entry] : crs_)
        if (entry.cr.spec.tcr && entry.cr.spec.tcr->reference() == of)
            events_.record(
                reference_to(entry.cr), runtime::event_type::warning, trouble->reason, trouble->message
            );
}

void controller::on_verdict(std::string const& cr_name, credentials::check_verdict const& verdict)
{
    status_writer_.touch();
    auto const* entry = crs_.find(cr_name);
    if (entry != nullptr && verdict.what == credentials::check_verdict::outcome::rejected)
        events_.record(
            reference_to(entry->cr), runtime::event_type::warning, "CredentialRejected", verdict.message
        );
}

void controller::queue_everything()
{
    store_.for_each_namespace([this](auto where) { dispatcher_.add(where, lane::bulk, cause::change); });
}

void controller::on_list()
{
    if (synced_)
        return;
    for (auto const* each : watchers())
        if (!each->is_synced())
            return;
    synced_ = true;
    log_.info(
        "synced",
        {{"namespaces", store_.namespaces()},
         {"serviceaccounts", store_.accounts()},
         {"secrets", store_.secrets()},
         {"imagepullsecrets", crs_.size()}}
    );
    synced_news_.notify();
}

void controller::set_resync_period(std::chrono::milliseconds period)
{
    for (auto* each :
         {&watch_namespaces_, &watch_accounts_, &watch_secrets_, &watch_crs_, &watch_credentials_})
        each->set_resync_period(period);
}

task<void> controller::synced()
{
    while (!synced_)
        co_await synced_news_.wait();
}

task<void> controller::watch()
{
    task_group parts(executor_);
    parts.spawn(watch_namespaces_.run());
    parts.spawn(watch_accounts_.run());
    parts.spawn(watch_secrets_.run());
    parts.spawn(watch_crs_.run());
    parts.spawn(watch_credentials_.run());
    parts.spawn(confirm_missing());
    parts.spawn(keep_house());
    co_await parts.join();
}

task<void> controller::lead()
{
    co_await confirm_wishes();
    co_await tokens_.recall();
    term const leading(*this);
    task_group parts(executor_);
    parts.spawn(dispatcher_.run());
    parts.spawn(walk_.run());
    parts.spawn(status_writer_.run());
    parts.spawn(events_.run());
    parts.spawn(adopt_orphans());
    parts.spawn(tokens_.lead());
    if (checks_credentials_)
        parts.spawn(checker_.lead());
    co_await parts.join();
}

/// A watch may lag behind the server's store, far behind at a server that lost its own connection: acting on a
/// wish that the leader before us saw changed would undo its work. (Namespaces are not compared, they are too many: one
/// that a selector matched when the watch last told of it may be served once more until the watch tells of its label.)
task<void> controller::confirm_wishes()
{
    std::string last_report;
    auto const deadline = std::chrono::steady_clock::now() + longest_lag;
    for (;;)
    {
        auto present = co_await present_versions(client_, crs_);
        if (present && *present == versions_of(crs_))
            co_return;
        // A process that starts anew lists anew, which cures a watch that is stuck.
        if (present && std::chrono::steady_clock::now() >= deadline)
            throw std::runtime_error("the watch of imagepullsecrets does not come up to the present");
        if (!present && present.error().message() != last_report)
        {
            last_report = present.error().message();
            log_.warning("cannot compare imagepullsecrets with the server", {{"why", last_report}});
        }
        co_await sleep_for(present ? confirm_pause : confirm_retry);
    }
}

/// An ImagePullSecret that a list does not mention, without a DELETED event: its credentials stay until the server's store
/// itself confirms that it is gone.
task<void> controller::confirm_missing()
{
    for (;;)
    {
        auto const missing = catalog_reflector_.missing();
        if (missing.empty())
        {
            co_await missing_news_.wait();
            continue;
        }
        auto present = co_await present_versions(client_, crs_);
        if (!present)
        {
            log_.warning(
                "cannot confirm that imagepullsecrets are gone; they stay in use",
                {{"imagepullsecrets", missing.size()}, {"why", present.error().message()}}
            );
            co_await sleep_for(confirm_retry);
            continue;
        }
        for (auto const& name : missing)
        {
            if (present->contains(name))
            {
                catalog_reflector_.keep_missing(name);
                continue;
            }
            log_.info("an imagepullsecret is gone", {{"imagepullsecret", name}});
            catalog_reflector_.drop_missing(name);
        }
    }
}

task<runtime::work_outcome> controller::serve(runtime::namespace_id where)
{
    // By name: numbers of namespaces are used again while we wait for the server.
    std::string const ns(store_.view(where).name);
    auto const outcome = co_await reconciler_.reconcile(where, dispatcher_.failures(where));
    using end = runtime::work_outcome::end;
    if (auto const here = store_.find_namespace(ns);
        here && (outcome.how == end::settled || outcome.how == end::wrote))
        newcomers_.settled(*here, outcome.how == end::wrote, std::chrono::steady_clock::now());
    co_return outcome;
}

task<bool> controller::drain(std::chrono::milliseconds limit)
{
    dispatcher_.close();
    return writes_.drain(limit);
}

task<void> controller::adopt_orphans()
{
    for (;;)
    {
        auto found = co_await find_orphans(client_, store_);
        if (found)
        {
            for (auto const& ns : *found)
                if (auto where = store_.find_namespace(ns))
                    dispatcher_.add(*where, lane::bulk, cause::change);
            co_return;
        }
        log_.warning("cannot look for orphaned secrets", {{"why", found.error().message()}});
        co_await sleep_for(orphan_retry);
    }
}

task<void> controller::keep_house()
{
    for (;;)
    {
        co_await sleep_for(housekeeping_interval);
        client_.close_idle(idle_connection_age);
    }
}

}  // namespace tcr::controller
