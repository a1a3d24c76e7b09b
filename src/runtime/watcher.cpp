// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/errc.hpp>
#include <tcr/runtime/watcher.hpp>
#include <tcr/util/duration.hpp>

#include <algorithm>
#include <utility>

namespace tcr::runtime
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Records progress when an event arrives, and passes the data to the decoder. Ends the watch with `gone` if
/// the server's history is no longer that of the last complete list.
class progress_sink final : public net::body_sink
{
public:
    progress_sink(
        kube::watch_decoder& events, kube::client& client, watch_progress& progress, std::uint64_t history
    )
        : events_(events), client_(client), progress_(progress), history_(history)
    {
    }

    boost::system::error_code on_body(std::string_view piece) override
    {
        auto const before = events_.events();
        auto const failure = events_.on_body(piece);
        if (events_.events() != before)
        {
            auto const now = steady_clock::now();
            progress_.event(events_.resource_version(), now);
            client_.on_watch_event(now);
        }
        if (!failure && client_.history().current() != history_)
            return kube::errc::gone;
        return failure;
    }

private:
    kube::watch_decoder& events_;
    kube::client& client_;
    watch_progress& progress_;
    std::uint64_t history_;
};

}  // namespace

watch_statistics& watch_statistics::operator+=(watch_statistics const& other)
{
    lists += other.lists;
    watches += other.watches;
    events += other.events;
    failures += other.failures;
    return *this;
}

watch_summary& watch_summary::operator+=(watch_summary const& other)
{
    is_synced = is_synced && other.is_synced;
    statistics += other.statistics;
    quarantined += other.quarantined;
    last_progress = std::min(last_progress, other.last_progress);
    last_contact = std::min(last_contact, other.last_contact);
    return *this;
}

watcher::watcher(
    kube::client& client,
    kube::resource type,
    kube::selection which,
    reflector& target,
    quarantine& unreadable,
    watcher_options options,
    logger& log,
    std::function<void()> on_synced
)
    : client_(client),
      type_(std::move(type)),
      which_(std::move(which)),
      unreadable_(unreadable),
      options_(std::move(options)),
      log_(log),
      on_synced_(std::move(on_synced)),
      state_(options_.backoff, which_.is_one_object),
      progress_(steady_clock::now()),
      reader_(target, unreadable, name()),
      list_(reader_),
      events_(reader_)
{
}

watch_summary watcher::summary() const
{
    return {
        name(),
        is_synced(),
        statistics_,
        unreadable_.size(name()),
        progress_.last_progress(),
        progress_.last_contact()};
}

task<void> watcher::run()
{
    for (;;)
    {
        state_.list_again_if(steady_clock::now() >= next_resync_, client_.history().current() != history_);
        switch (state_.next())
        {
            case watch_state::step::list:
                co_await list_page();
                break;
            case watch_state::step::probe:
                co_await probe();
                break;
            case watch_state::step::watch:
                co_await watch();
                break;
        }
        auto const delay = state_.delay(random());
        report_failure(delay);
        if (delay.count() > 0)
            co_await sleep_for(delay);
    }
}

task<result<void>> watcher::fetch_page(
    kube::list_decoder& page, std::uint32_t limit, std::string const& continue_token
)
{
    page.begin_page();
    auto request = kube::list_request(type_, which_, limit, continue_token);
    net::time_limits limits;
    limits.whole = options_.page_timeout;
    limits.idle = options_.max_list_silence;
    auto const doing = "cannot list " + type_.plural;
    auto sent = co_await client_.send(std::move(request), page, limits, doing);
    if (sent && !page.page_complete())
        sent = error(kube::errc::bad_answer, doing + ": the answer is not a complete list");
    co_return sent;
}

task<void> watcher::list_page()
{
    if (state_.is_at_first_page())
    {
        list_history_ = client_.history().current();
        reader_.begin_list();
    }
    auto sent = co_await fetch_page(list_, kube::list_page_size, state_.continue_token());
    if (!sent)
    {
        note_failure(sent.error());
        state_.list_failed(sent.error());
        co_return;
    }
    auto const end = state_.page_listed(list_.resource_version(), list_.continue_token());
    if (end == watch_state::page_end::rewound)
    {
        log_.warning(
            "the API server's data was restored from a backup; listing everything again",
            {{"resource", type_.plural}}
        );
        client_.history().note_restore(history_);
    }
    if (end != watch_state::page_end::complete)
        co_return;
    reader_.end_list(state_.resource_version());
    history_ = list_history_;
    ++statistics_.lists;
    listed_at_ = steady_clock::now();
    progress_.listed(state_.resource_version(), listed_at_);
    plan_resync();
    log_.info(
        "listed all objects",
        {{"resource", type_.plural}, {"watch", name()}, {"resource_version", state_.resource_version()}}
    );
    // If the watch fails after each list, all these failures are one outage, which is logged once.
    if (!state_.is_list_repeated())
        reported_.resolved(name());
    on_synced_();
}

task<void> watcher::probe()
{
    kube::meta_reader ignore;
    kube::list_decoder page(ignore);
    std::string const first_page;
    auto sent = co_await fetch_page(page, 1, first_page);
    if (sent)
    {
        state_.probed(page.resource_version());
        co_return;
    }
    note_failure(sent.error());
    state_.probe_failed(sent.error());
}

task<void> watcher::watch()
{
    auto const begun = steady_clock::now();
    auto const timeout = watch_length(options_.watch_timeout, next_resync_ - begun, random());
    ++statistics_.watches;
    progress_.watch_begun(begun);
    events_.begin_watch(state_.resource_version());
    auto request = kube::watch_request(type_, which_, std::to_string(state_.resource_version()), timeout);
    net::time_limits limits;
    limits.whole = timeout + options_.end_margin();
    limits.idle = options_.max_silence();
    progress_sink sink(events_, client_, progress_, history_);
    auto const doing = "cannot watch " + type_.plural;
    auto sent = co_await client_.send(std::move(request), sink, limits, doing);

    if (events_.failure())
        sent = kube::to_error(*events_.failure(), "the watch of " + type_.plural + " ended");
    auto const now = steady_clock::now();
    watch_state::watch_end end;
    if (!sent)
        end.why = sent.error();
    end.resource_version = events_.resource_version();
    end.saw_restore = events_.saw_restore();
    end.lasted = std::chrono::duration_cast<std::chrono::milliseconds>(now - begun);
    end.timeout = timeout;
    statistics_.events += events_.events();
    if (end.reached_timeout())
        progress_.watch_reached_timeout(now);
    if (sent)
        reported_.resolved(name());
    else
        note_failure(sent.error(), events_.failure().has_value());
    state_.watch_ended(end);
}

void watcher::plan_resync()
{
    auto const period = options_.resync_period;
    next_resync_ = steady_clock::time_point::max();
    if (period.count() > 0)
        next_resync_ = listed_at_ + with_jitter(period, random());
}

void watcher::set_resync_period(std::chrono::milliseconds period)
{
    options_.resync_period = period;
    if (is_synced())
        plan_resync();
}

void watcher::note_failure(error const& failure, bool is_error_event)
{
    ++statistics_.failures;
    auto const now = steady_clock::now();
    // A server that sent faulty data is reachable.
    if (progress_.failed(failure, is_error_event, now))
        client_.on_watch_event(now);
    failure_ = failure;
    if (failure.code == kube::errc::forbidden)
        on_forbidden_();
}

void watcher::report_failure(std::chrono::milliseconds retry_in)
{
    auto const failure = std::exchange(failure_, {});
    if (!failure.code || failure.code == asio::error::operation_aborted)
        return;
    auto text = failure.message();
    // Logs one warning for each outage, not one for each retry.
    bool const is_new = reported_.is_new(name(), text);
    if (failure.code == kube::errc::unknown_resource)
        text += "; if this is our own resource, install its CRD (kubectl apply -f deploy/base/crd.yaml)";
    logger::fields const fields{{"resource", type_.plural}, {"error", text}};
    auto const retry = retry_in.count() > 0 ? "retrying in " + to_text(retry_in) : "retrying at once";
    if (!is_new)
        log_.debug("the list or watch still fails; " + retry, fields);
    else if (failure.code == kube::errc::gone)
        log_.info("listing all objects again", fields);
    else
        log_.warning("cannot list or watch; " + retry, fields);
}

}  // namespace tcr::runtime
