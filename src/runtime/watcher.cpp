#include <tcr/net/errc.hpp>
#include <tcr/runtime/watcher.hpp>

namespace tcr::runtime
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Records the progress of each event on its way to the decoder. Ends a watch that resumed in another history
/// of the server than that of its list.
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
      state_(options_.backoff),
      progress_(steady_clock::now()),
      reader_(target, unreadable, name()),
      list_(reader_),
      events_(reader_)
{
}

task<void> watcher::run()
{
    for (;;)
    {
        auto delay = state_.delay(std::uniform_real_distribution<>()(random_));
        if (delay.count() > 0)
            co_await sleep_for(delay);
        if (state_.next() == watch_state::step::watch && steady_clock::now() >= next_resync_)
            state_.list_again();
        if (state_.next() != watch_state::step::list && client_.history().current() != history_)
            state_.list_again();
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
    }
}

task<result<void>> watcher::fetch_page(
    kube::list_decoder& page, std::uint32_t limit, std::string const& continue_token
)
{
    page.begin_page();
    auto request = kube::list_request(type_, which_, limit, continue_token);
    net::time_limits limits;
    limits.whole = options_.list_limit;
    limits.idle = options_.list_silence;
    auto const doing = "cannot list " + type_.plural;
    auto sent = co_await client_.send(std::move(request), page, limits, doing);
    if (sent && !page.page_complete())
        sent = error(kube::errc::bad_answer, doing + ": the answer is not a complete list");
    co_return sent;
}

task<void> watcher::list_page()
{
    if (state_.at_first_page())
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
    log_.info("listed", {{"resource", type_.plural}, {"resource_version", state_.resource_version()}});
    last_report_.clear();
    synced_ = true;
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
    // Without the random part, watches that end at the same moment would all be renewed at the same moment.
    auto const wanted = std::min(spread(options_.watch_timeout), next_resync_ - begun);
    auto const timeout = std::max(std::chrono::ceil<std::chrono::seconds>(wanted), std::chrono::seconds(1));
    ++statistics_.watches;
    progress_.watch_begun(begun);
    events_.begin_watch(state_.resource_version());
    auto request = kube::watch_request(type_, which_, std::to_string(state_.resource_version()), timeout);
    net::time_limits limits;
    limits.whole = timeout + options_.end_margin();
    limits.idle = options_.longest_silence();
    progress_sink sink(events_, client_, progress_, history_);
    auto const doing = "cannot watch " + type_.plural;
    auto sent = co_await client_.send(std::move(request), sink, limits, doing);

    watch_state::watch_end end;
    if (events_.failure())
        sent = kube::to_error(*events_.failure(), "the watch of " + type_.plural + " ended");
    if (!sent)
        end.why = sent.error();
    end.resource_version = events_.resource_version();
    end.events = events_.events();
    end.went_back = events_.saw_restore();
    end.lasted = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begun);
    statistics_.events += end.events;
    if (!sent)
        note_failure(sent.error(), events_.failure().has_value());
    else
    {
        // A server that ends every watch at once allows no progress.
        end.as_agreed = end.lasted + std::chrono::seconds(1) >= timeout;
        if (end.as_agreed)
            progress_.ended_as_agreed(steady_clock::now());
        last_report_.clear();
    }
    state_.watch_ended(end);
}

steady_clock::duration watcher::spread(steady_clock::duration around)
{
    auto const factor = std::uniform_real_distribution<>(0.9, 1.1)(random_);
    return std::chrono::duration_cast<steady_clock::duration>(around * factor);
}

void watcher::plan_resync()
{
    next_resync_ = options_.resync_period.count() > 0 ? listed_at_ + spread(options_.resync_period)
                                                      : steady_clock::time_point::max();
}

void watcher::set_resync_period(std::chrono::milliseconds period)
{
    options_.resync_period = period;
    if (synced_)
        plan_resync();
}

void watcher::note_failure(error const& failure, bool is_error_event)
{
    ++statistics_.failures;
    auto const now = steady_clock::now();
    bool const is_stream_fault =
        is_error_event || failure.code == kube::errc::bad_answer || failure.code == kube::errc::gone;
    progress_.failed(failure, is_stream_fault, now);
    // The server is reachable: it sent the faulty data.
    if (is_stream_fault)
        client_.on_watch_event(now);
    report(failure);
}

void watcher::report(error const& failure)
{
    if (failure.code == asio::error::operation_aborted)
        return;
    auto text = failure.message();
    // One warning for an outage, not one for each retry.
    auto const level_is_debug = text == last_report_;
    last_report_ = text;
    if (failure.code == kube::errc::unknown_resource)
        text += "; if this is our own resource, install its CRD (kubectl apply -f deploy/base/crd.yaml)";
    if (level_is_debug)
        log_.debug("still waiting", {{"resource", type_.plural}, {"why", text}});
    else if (failure.code == kube::errc::gone)
        log_.info("listing anew", {{"resource", type_.plural}, {"why", text}});
    else
        log_.warning("will retry", {{"resource", type_.plural}, {"why", text}});
}

}  // namespace tcr::runtime
