// SPDX-License-Identifier: Apache-2.0
#include "status_writer.hpp"
#include <tcr/controller/leader_session.hpp>
#include <tcr/controller/unlabeled_secrets.hpp>
#include <tcr/util/task_group.hpp>

#include <ranges>
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

/// Wait before a new namespace is reconciled. Our watch may report the namespace before the API server's own
/// cache has the namespace. The API server would then delay the creation of a Secret by 50 ms
/// (missingNamespaceWait, plugin/pkg/admission/namespace/lifecycle/admission.go). The wait ends early when
/// the namespace's first account appears, because this shows that the cache has the namespace.
constexpr std::chrono::milliseconds settle_delay{4};

constexpr std::chrono::milliseconds confirm_interval{100};
constexpr std::chrono::milliseconds confirm_retry_interval{1000};

/// The watch of ImagePullSecrets counts as stuck if it stays behind the API server for longer than this.
constexpr std::chrono::seconds max_lag{30};

/// Retries after 10 to 20 s: the jitter of the backoff subtracts up to half of the delay.
constexpr backoff_policy unlabeled_secrets_retry{std::chrono::seconds{20}, std::chrono::seconds{20}};

}  // namespace

leader_session::leader_session(
    asio::any_io_executor executor,
    dependencies with,
    cluster_view& view,
    controller_options const& options,
    logger& log
)
    : executor_(executor),
      client_(with.client),
      writes_(with.writes),
      log_(log),
      view_(view),
      store_(view.store()),
      catalog_(view.image_pull_secrets()),
      checks_credentials_(options.credential_check_interval.count() > 0),
      counts_(catalog_, store_),
      walk_(
          executor,
          store_,
          [this](auto where)
          {
              counts_.mark(where);
              dispatcher_.add(where, lane::bulk, cause::change);
          }
      ),
      events_(
          executor,
          [this](auto request, auto doing) { return writes_.fetch(std::move(request), doing); },
          options.events,
          log
      ),
      reconciler_(
          with.writes,
          view.store_for_answers(),
          catalog_,
          recent_writes_,
          events_,
          log,
          {[this] { status_writer_->trigger(); },
           [this](auto where)
           {
               counts_.mark(where);
               status_writer_->trigger();
           },
           [this] { view_.review_access(); }}
      ),
      dispatcher_(
          executor, options.queue, options.max_in_flight, [this](auto where) { return reconcile(where); }, log
      ),
      tokens_(
          executor,
          {with.client, with.cloud, with.writes, view.credentials_for_refresher(), with.directory},
          options.tokens,
          {[this] { return desired_tokens(); },
           [this] { view_.refresh_credentials(); },
           [this](auto const& of, auto const& problem) { on_token_problem(of, problem); }},
          log
      ),
      checker_(
          executor,
          with.web,
          options.credential_check_interval,
          [this] { return check_targets(); },
          [this](auto const& name, auto const& checked) { on_check_result(name, checked); },
          log
      ),
      status_writer_(std::make_unique<status_writer>(
          executor,
          with.writes,
          view,
          status_sources{
              counts_,
              walk_,
              recent_writes_,
              {&tokens_.problems(), checks_credentials_ ? &checker_.results() : nullptr}},
          events_,
          options.status,
          log
      )),
      unlabeled_secrets_(
          executor, [this] { return adopt_unlabeled_secrets(); }, unlabeled_secrets_retry
      ),
      created_before_(view.accounts_created_with_references())
{
}

leader_session::~leader_session()
{
    view_.remove_observer();
}

task<void> leader_session::run()
{
    co_await confirm_specs();
    co_await tokens_.load_stored();
    for (auto const& [name, entry] : catalog_)
        recent_writes_.adopt(entry.cr);
    view_.set_observer(*this);
    counts_.mark_all();
    // Reconcile every namespace once, because it is unknown what the previous leader completed.
    queue_all();
    if (!writes_.is_draining())
        dispatcher_.open();
    status_writer_->trigger_at_once();
    // ImagePullSecrets may have changed before `set_observer`, so call the listener once.
    listener_();
    task_group parts(executor_);
    parts.spawn(dispatcher_.run());
    parts.spawn(walk_.run());
    parts.spawn(status_writer_->run());
    parts.spawn(events_.run());
    parts.spawn(unlabeled_secrets_.run());
    parts.spawn(tokens_.run());
    if (checks_credentials_)
        parts.spawn(checker_.run());
    co_await parts.join();
}

leader_statistics leader_session::statistics(std::chrono::steady_clock::time_point now) const
{
    return {
        dispatcher_.statistics(now),
        reconciler_.conflicts(),
        reconciler_.served(),
        view_.accounts_created_with_references() - created_before_,
        tokens_.minted(),
        time_to_ready_.seconds()};
}

// --- changes of the cluster

void leader_session::on_status_changed()
{
    status_writer_->trigger();
}

void leader_session::on_stored(runtime::kind kind, runtime::stored const& event)
{
    bool const is_namespace = kind == runtime::kind::namespaces;
    bool const is_added = event.what == change::added;
    // A new namespace may reuse the index of a deleted namespace, but must not inherit its failures.
    if (is_namespace && event.what != change::modified)
    {
        dispatcher_.forget(event.where);
        time_to_ready_.forget(event.where);
    }
    if (is_added && kind != runtime::kind::secrets)
        time_to_ready_.appeared(event.where, std::chrono::steady_clock::now());
    counts_.mark(event.where);
    // A modified namespace may have new labels, so other ImagePullSecrets may select it.
    bool const is_new_work = is_namespace ? event.what == change::modified : is_added;
    if (is_namespace && is_added)
        dispatcher_.add_later(event.where, settle_delay);
    else
        dispatcher_.add(event.where, lane::fresh, is_new_work ? cause::change : cause::drift);
    status_writer_->trigger();
}

/// Queues the namespaces that the ImagePullSecret selected before, and the namespaces that it selects now.
void leader_session::on_spec_changed(
    std::string const& name, std::shared_ptr<namespace_scope const> const& before
)
{
    listener_();
    tokens_.trigger();
    walk_.add(before);
    if (auto const* entry = catalog_.find(name))
        recent_writes_.adopt(entry->cr);
    else
        recent_writes_.forget(name);
    on_credential_changed(name);
}

/// Queues the namespaces that the ImagePullSecret selects.
void leader_session::on_credential_changed(std::string const& name)
{
    checker_.trigger();
    reconciler_.forget_unfinished();
    if (auto const* entry = catalog_.find(name))
        walk_.add(entry->scope);
    status_writer_->trigger_at_once();
}

void leader_session::on_access_gained()
{
    queue_all();
    unlabeled_secrets_.trigger();
}

// --- credentials

credentials::desired_tokens leader_session::desired_tokens() const
{
    credentials::desired_tokens desired;
    for (auto const& [name, entry] : catalog_)
        if (auto const& spec = entry.cr.spec;
            needs_token(spec) && view_.credentials().is_allowed(spec.tcr->reference()))
            desired[spec.tcr->reference()].insert(spec.server);
    return desired;
}

std::vector<credentials::check_target> leader_session::check_targets() const
{
    std::vector<credentials::check_target> targets;
    for (auto const& [name, entry] : catalog_)
        if (entry.is_valid())
            for (auto const& login :
                 entry.credential->logins | std::views::take(credentials::max_checked_logins))
                targets.push_back({name, login});
    return targets;
}

void leader_session::on_token_problem(
    credentials::token_reference const& of, std::optional<credentials::token_problem> const& problem
)
{
    status_writer_->trigger();
    if (!problem)
    {
        if (reported_problems_.erase(of) > 0)
            log_.info("token is valid again", {{"instance", of.instance.id}});
        return;
    }
    // Compare only the reasons, because each message may contain a different request id.
    if (std::exchange(reported_problems_[of], problem->reason) == problem->reason)
        return;
    logger::fields const facts{
        {"instance", of.instance.id}, {"reason", problem->reason}, {"error", problem->message}};
    if (problem->reason == "RefreshFailing")
        log_.warning("cannot refresh a token; the previous one is still valid", facts);
    else
        log_.error("token is missing, has expired or expires soon", facts);
    for (auto const& [name, entry] : catalog_)
        if (entry.cr.spec.tcr && entry.cr.spec.tcr->reference() == of)
            events_.record(
                reference_to(entry.cr), runtime::event_type::warning, problem->reason, problem->message
            );
}

void leader_session::on_check_result(std::string const& name, credentials::check_result const& checked)
{
    status_writer_->trigger();
    auto const* entry = catalog_.find(name);
    if (entry != nullptr && checked.what == credentials::check_result::outcome::rejected)
        events_.record(
            reference_to(entry->cr), runtime::event_type::warning, "CredentialRejected", checked.message
        );
}

// --- work

void leader_session::queue_all()
{
    store_.for_each_namespace([this](auto where) { dispatcher_.add(where, lane::bulk, cause::change); });
}

/// Waits until the catalog has the same specs as the API server. The watch may lag behind, and acting on a
/// stale spec could undo the previous leader's writes. Namespaces are not compared, because there are too
/// many. The labels of a namespace may thus be outdated until the watch reports the change.
task<void> leader_session::confirm_specs()
{
    reported_failures reported;
    auto const deadline = std::chrono::steady_clock::now() + max_lag;
    for (;;)
    {
        auto const is_current = co_await view_.has_current_specs();
        if (is_current && *is_current)
            co_return;
        // The watch is stuck. The exception ends the process. A restarted process lists and watches again.
        if (is_current && std::chrono::steady_clock::now() >= deadline)
            throw std::runtime_error("the watch of ImagePullSecrets does not catch up with the API server");
        if (!is_current && reported.is_new("list", is_current.error().message()))
            log_.warning(
                "cannot compare ImagePullSecrets with the API server; retrying in 1s",
                {{"error", is_current.error().message()}}
            );
        co_await sleep_for(is_current ? confirm_interval : confirm_retry_interval);
    }
}

task<runtime::work_outcome> leader_session::reconcile(runtime::namespace_id where)
{
    // Keep the name, because the index may be reused while the reconciler waits for the API server.
    std::string const ns(store_.view(where).name);
    auto const before = dispatcher_.history(where);
    auto const outcome = co_await reconciler_.reconcile(where, before);
    using end = runtime::work_outcome::end;
    if (auto const here = store_.find_namespace(ns);
        here && (outcome.how == end::settled || outcome.how == end::wrote))
        time_to_ready_.settled(*here, outcome.how == end::wrote, std::chrono::steady_clock::now());
    co_return outcome;
}

task<runtime::next_reconcile> leader_session::adopt_unlabeled_secrets()
{
    runtime::next_reconcile next{std::chrono::steady_clock::time_point::max()};
    // Watches by name also report Secrets without our label, so there is nothing to look for.
    if (catalog_.access().is_by_name())
        co_return next;
    auto found = co_await find_unlabeled_secrets(client_, view_.store_for_answers());
    if (!found)
    {
        auto const text = found.error().message();
        if (reported_.is_new("unlabeled Secrets", text))
            log_.warning("cannot look for Secrets without our label; retrying within 20s", {{"error", text}});
        next.is_failed = true;
        co_return next;
    }
    for (auto const& ns : *found)
        if (auto where = store_.find_namespace(ns))
            dispatcher_.add(*where, lane::bulk, cause::change);
    co_return next;
}

}  // namespace tcr::controller
