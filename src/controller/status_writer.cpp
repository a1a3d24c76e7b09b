#include <tcr/controller/status_report.hpp>
#include <tcr/controller/status_writer.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/net/errc.hpp>
#include <tcr/util/wall_clock.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <vector>

namespace tcr::controller
{

namespace
{

/// About a millisecond of CPU.
constexpr std::size_t reports_a_turn = 8;

}  // namespace

using steady_clock = std::chrono::steady_clock;
using system_clock = std::chrono::system_clock;

status_writer::status_writer(
    asio::any_io_executor executor,
    runtime::fenced_client& client,
    catalog& crs,
    runtime::cluster_store const& store,
    served_counts& counts,
    scope_walk& walk,
    outcome_log const& outcomes,
    credential_news news,
    status_writer_options options,
    logger& log
)
    : client_(client),
      crs_(crs),
      store_(store),
      counts_(counts),
      walk_(walk),
      outcomes_(outcomes),
      news_of_credentials_(news),
      options_(options),
      log_(log),
      news_(executor)
{
}

void status_writer::touch()
{
    if (touched_)
        return;
    touched_ = true;
    news_.notify();
}

void status_writer::touch_at_once()
{
    touched_ = true;
    urgent_ = true;
    news_.notify();
}

task<void> status_writer::run()
{
    for (;;)
    {
        while (!touched_ && system_clock::now() < next_end_)
            co_await news_.wait_until(next_wall_check(next_end_));
        if (!urgent_)
            co_await sleep_for(options_.gather);
        touched_ = false;
        urgent_ = false;
        next_due_ = steady_clock::time_point::max();
        bool const written = co_await write_all();
        touched_ = touched_ || !written;
        // An edit of a CR wakes this at once; everything else waits for the interval.
        auto const pause = written ? options_.interval : options_.retry;
        auto const until = std::min(steady_clock::now() + pause, next_due_);
        while (!urgent_ && steady_clock::now() < until)
            co_await news_.wait_until(until);
    }
}

system_clock::time_point status_writer::next_end() const
{
    auto const now = system_clock::now();
    auto next = system_clock::time_point::max();
    for (auto const& [name, entry] : crs_)
        if (entry.credential && entry.credential->expires_at && *entry.credential->expires_at > now)
            next = std::min(next, *entry.credential->expires_at);
    return next;
}

task<void> status_writer::count()
{
    // Namespaces of an edit are touched by the walk.
    co_await walk_.finished(steady_clock::now() + options_.interval);
    counts_.begin_round();
    while (!counts_.count_some(served_counts::comparisons_a_turn))
        co_await asio::post(asio::use_awaitable);
}

task<bool> status_writer::write_all()
{
    co_await count();
    std::erase_if(
        written_at_,
        [this](auto const& each) { return steady_clock::now() - each.second >= options_.interval; }
    );
    next_end_ = next_end();
    std::vector<std::string> names;
    for (auto const& [name, entry] : crs_)
        names.push_back(name);
    bool all_written = true;
    std::size_t reported = 0;
    for (auto const& name : names)
    {
        if (++reported % reports_a_turn == 0)
            co_await asio::post(asio::use_awaitable);
        auto written = co_await write(name);
        if (written)
            continue;
        all_written = false;
        // The next leader writes it; should that be us, the retry does.
        if (written.error().code == net::errc::too_late)
            break;
        log_.warning("cannot write a status", {{"imagepullsecret", name}, {"why", written.error().message()}});
    }
    co_return all_written;
}

task<result<void>> status_writer::write(std::string const& name)
{
    auto const* entry = crs_.find(name);
    if (entry == nullptr)
        co_return result<void>();
    auto const report = report_status(
        *entry,
        counts_.of(name),
        outcomes_.of(name),
        store_,
        news_of_credentials_,
        std::chrono::system_clock::now()
    );
    if (entry->cr.has_status && entry->cr.status == report)
        co_return result<void>();
    // Many edits are not many writes: the last of them is written when the interval is over.
    if (auto const last = written_at_.find(entry->cr.uid); last != written_at_.end())
    {
        touched_ = true;
        next_due_ = std::min(next_due_, last->second + options_.interval);
        co_return result<void>();
    }
    auto const uid = entry->cr.uid;
    auto request =
        kube::merge_patch_request(image_pull_secret_type(), {}, name, status_patch(report), "status");
    auto answer = co_await client_.fetch(std::move(request), "cannot write the status of " + name);
    if (answer)
    {
        // One created anew under the same name meanwhile does not have this status.
        if (auto const* still = crs_.find(name); still != nullptr && still->cr.uid == uid)
            crs_.set_status(name, report);
        written_at_[uid] = steady_clock::now();
        co_return result<void>();
    }
    // One deleted meanwhile has no status to write.
    if (answer.error().code == kube::errc::not_found)
        co_return result<void>();
    co_return answer.error();
}

}  // namespace tcr::controller
