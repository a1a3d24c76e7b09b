#include <tcr/controller/status_report.hpp>
#include <tcr/controller/status_writer.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/net/errc.hpp>

#include <algorithm>

namespace tcr::controller
{

using steady_clock = std::chrono::steady_clock;

status_writer::status_writer(
    asio::any_io_executor executor,
    runtime::fenced_client& client,
    catalog& crs,
    runtime::cluster_store const& store,
    outcome_log const& outcomes,
    credential_news news,
    status_writer_options options,
    logger& log
)
    : client_(client),
      crs_(crs),
      store_(store),
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
        while (!touched_ && steady_clock::now() < next_end_)
            co_await news_.wait_until(next_end_);
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

steady_clock::time_point status_writer::next_end() const
{
    // The machine's clock may be set, so a moment far away is looked for again.
    constexpr std::chrono::hours longest{1};
    auto const now = std::chrono::system_clock::now();
    auto next = steady_clock::time_point::max();
    for (auto const& [name, entry] : crs_)
        if (entry.credential && entry.credential->expires_at && *entry.credential->expires_at > now)
            next = std::min(
                next,
                steady_clock::now() + std::min<std::chrono::system_clock::duration>(
                                          *entry.credential->expires_at - now, longest
                                      )
            );
    return next;
}

task<bool> status_writer::write_all()
{
    bool all_written = true;
    auto const reports =
        report_status(crs_, store_, outcomes_, news_of_credentials_, std::chrono::system_clock::now());
    std::erase_if(
        written_at_,
        [this](auto const& each) { return steady_clock::now() - each.second >= options_.interval; }
    );
    next_end_ = next_end();
    for (auto const& [name, report] : reports)
    {
        auto const* entry = crs_.find(name);
        if (entry == nullptr || (entry->cr.has_status && entry->cr.status == report))
            continue;
        // Many edits are not many writes: the last of them is told when the interval is over.
        if (auto const last = written_at_.find(entry->cr.uid); last != written_at_.end())
        {
            touched_ = true;
            next_due_ = std::min(next_due_, last->second + options_.interval);
            continue;
        }
        auto const uid = entry->cr.uid;
        auto request =
            kube::merge_patch_request(image_pull_secret_type(), {}, name, status_patch(report), "status");
        auto answer = co_await client_.fetch(std::move(request), "cannot write the status of " + name);
        if (answer)
        {
            // A CR made anew under the same name meanwhile has not got this status.
            if (auto const* still = crs_.find(name); still != nullptr && still->cr.uid == uid)
                crs_.set_status(name, report);
            written_at_[uid] = steady_clock::now();
            continue;
        }
        // A CR deleted meanwhile has no status to write.
        if (answer.error().code == kube::errc::not_found)
            continue;
        all_written = false;
        // The next leader tells; should that be us, the retry does.
        if (answer.error().code == net::errc::too_late)
            break;
        log_.warning("will retry", {{"imagepullsecret", name}, {"why", answer.error().message()}});
    }
    co_return all_written;
}

}  // namespace tcr::controller
