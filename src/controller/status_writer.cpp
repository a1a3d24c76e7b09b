// SPDX-License-Identifier: Apache-2.0
#include "status_writer.hpp"

#include "failure_effect.hpp"
#include "status_report.hpp"
#include <tcr/kube/errc.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/net/errc.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/wall_clock.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <vector>

namespace tcr::controller
{

namespace
{

/// Max reports computed in one turn of the event loop. They take about 1 ms of CPU time.
constexpr std::size_t reports_per_turn = 8;

}  // namespace

using steady_clock = std::chrono::steady_clock;
using system_clock = std::chrono::system_clock;

status_writer::status_writer(
    asio::any_io_executor executor,
    runtime::fenced_client& client,
    cluster_view& view,
    status_sources from,
    runtime::event_recorder& events,
    status_writer_options options,
    logger& log
)
    : client_(client),
      view_(view),
      from_(from),
      events_(events),
      options_(options),
      schedule_(options),
      log_(log),
      loop_(executor, [this] { return reconcile(); })
{
}

void status_writer::trigger()
{
    if (schedule_.mark_changed(steady_clock::now()))
        loop_.trigger();
}

void status_writer::trigger_at_once()
{
    schedule_.mark_urgent();
    loop_.trigger();
}

task<runtime::next_reconcile> status_writer::reconcile()
{
    // An expired token makes a round due, because the status reports the expiry.
    auto const due = schedule_.due(system_clock::now() >= next_expiry_);
    if (steady_clock::now() < due)
        co_return runtime::next_reconcile{std::min(due, next_wall_check(next_expiry_))};
    schedule_.begin(steady_clock::now());
    bool const is_complete = co_await write_all();
    schedule_.end(is_complete, steady_clock::now());
    co_return runtime::next_reconcile{steady_clock::now()};
}

task<bool> status_writer::write_all()
{
    // Wait for the walk, because it marks the namespaces of edited ImagePullSecrets in `counts`.
    co_await from_.walk.wait_until_done(steady_clock::now() + options_.interval);
    from_.counts.begin_round();
    while (!from_.counts.count_some(served_counts::comparisons_per_turn))
        co_await asio::post(asio::use_awaitable);
    next_expiry_ = system_clock::time_point::max();
    std::vector<std::string> names;
    for (auto const& [name, entry] : view_.image_pull_secrets())
    {
        names.push_back(name);
        if (entry.credential && entry.credential->expires_at > system_clock::now())
            next_expiry_ = std::min(next_expiry_, *entry.credential->expires_at);
    }
    std::size_t reported = 0;
    for (auto const& name : names)
    {
        if (++reported % reports_per_turn == 0)
            co_await asio::post(asio::use_awaitable);
        auto const may_continue = co_await write(name);
        if (!may_continue)
            co_return false;
    }
    co_return true;
}

task<bool> status_writer::write(std::string const& name)
{
    auto const* entry = view_.image_pull_secrets().find(name);
    if (entry == nullptr || entry->cr.keeps_secrets)
        co_return true;
    auto const report = report_status(
        *entry,
        from_.counts.of(name),
        from_.recent.of(name),
        view_.store(),
        from_.reports,
        std::chrono::system_clock::now()
    );
    if (entry->cr.has_status && entry->cr.status == report)
        co_return true;
    // Limit the writes of each status, because edits may be frequent. A later round writes the latest status.
    auto const uid = entry->cr.uid;
    if (!schedule_.may_write(uid, entry->cr.generation, steady_clock::now()))
        co_return true;
    auto request =
        kube::merge_patch_request(image_pull_secret_type(), {}, name, status_patch(report), "status");
    auto const doing = "cannot patch the status of ImagePullSecret " + name;
    auto answer = co_await client_.fetch(std::move(request), doing);
    // Check the UID: an ImagePullSecret that was recreated during the request does not have this status.
    entry = view_.image_pull_secrets().find(name);
    bool const is_same = entry != nullptr && entry->cr.uid == uid;
    if (answer)
    {
        if (is_same)
            view_.set_status(name, report);
        schedule_.written(uid, steady_clock::now());
        co_return true;
    }
    // This process no longer leads. The next leader writes the statuses.
    if (answer.error().code == net::errc::gate_closed)
        co_return false;
    // An ImagePullSecret that was deleted during the request needs no status.
    if (is_same)
        note_failure(entry->cr, report.observed_generation, answer.error());
    co_return true;
}

void status_writer::note_failure(image_pull_secret const& cr, std::int64_t generation, error const& failure)
{
    using status_failure = status_round_state::failure;
    bool const is_refused = failure.code == kube::errc::invalid || failure.code == kube::errc::forbidden;
    auto const retry = schedule_.failed(
        cr.uid,
        generation,
        is_refused ? status_failure::refused : status_failure::unanswered,
        steady_clock::now()
    );
    // The status cannot report this failure, so an Event does.
    if (is_refused)
        events_.record(
            reference_to(cr), runtime::event_type::warning, effect_of(failure).reason, failure.message()
        );
    logger::fields const fields{{"imagepullsecret", cr.name}, {"error", failure.message()}};
    auto const wait = "; retrying in " + to_text(retry.delay);
    if (retry.is_new)
        log_.warning("cannot write the status of an ImagePullSecret" + wait, fields);
    else
        log_.debug("the status of an ImagePullSecret still cannot be written" + wait, fields);
}

}  // namespace tcr::controller
