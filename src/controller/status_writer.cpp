#include "status_report.hpp"

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

/// Reports in one turn of the event loop: about 1 ms of CPU.
constexpr std::size_t reports_a_turn = 8;

}  // namespace

using steady_clock = std::chrono::steady_clock;
using system_clock = std::chrono::system_clock;

status_writer::status_writer(
    asio::any_io_executor executor,
    runtime::fenced_client& client,
    catalog& image_pull_secrets,
    runtime::cluster_store const& store,
    served_counts& counts,
    scope_walk& walk,
    recent_writes const& recent,
    credential_reports reports,
    status_writer_options options,
    logger& log
)
    : client_(client),
      catalog_(image_pull_secrets),
      store_(store),
      counts_(counts),
      walk_(walk),
      recent_writes_(recent),
      credential_reports_(reports),
      options_(options),
      schedule_(options),
      log_(log),
      loop_(executor, [this] { return reconcile(); })
{
}

void status_writer::touch()
{
    if (schedule_.touch(steady_clock::now()))
        loop_.trigger();
}

void status_writer::touch_at_once()
{
    schedule_.touch_at_once();
    loop_.trigger();
}

task<runtime::next_reconcile> status_writer::reconcile()
{
    // The expiry of a token makes a round due, because the status reports it.
    auto const due = schedule_.due(system_clock::now() >= next_expiry_);
    if (steady_clock::now() < due)
        co_return runtime::next_reconcile{std::min(due, next_wall_check(next_expiry_))};
    schedule_.begin();
    next_due_ = status_round_state::never;
    bool const is_written = co_await write_all();
    schedule_.end(is_written, next_due_, steady_clock::now());
    co_return runtime::next_reconcile{steady_clock::now()};
}

system_clock::time_point status_writer::next_expiry() const
{
    auto const now = system_clock::now();
    auto next = system_clock::time_point::max();
    for (auto const& [name, entry] : catalog_)
        if (entry.credential && entry.credential->expires_at && *entry.credential->expires_at > now)
            next = std::min(next, *entry.credential->expires_at);
    return next;
}

task<void> status_writer::count()
{
    // Wait for the walk: it marks the namespaces of edits to be counted.
    co_await walk_.wait_until_done(steady_clock::now() + options_.interval);
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
    next_expiry_ = next_expiry();
    std::vector<std::string> names;
    for (auto const& [name, entry] : catalog_)
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
        // Leadership was lost. The next leader writes the status; if that is this process, its retry does.
        if (written.error().code == net::errc::too_late)
            break;
        log_.warning(
            "cannot write the status of an imagepullsecret; retrying",
            {{"imagepullsecret", name}, {"error", written.error().message()}}
        );
    }
    co_return all_written;
}

task<result<void>> status_writer::write(std::string const& name)
{
    auto const* entry = catalog_.find(name);
    if (entry == nullptr)
        co_return result<void>();
    auto const report = report_status(
        *entry,
        counts_.of(name),
        recent_writes_.of(name),
        store_,
        credential_reports_,
        std::chrono::system_clock::now()
    );
    if (entry->cr.has_status && entry->cr.status == report)
        co_return result<void>();
    // Frequent edits do not cause frequent writes. The latest status is written after the interval.
    if (auto const last = written_at_.find(entry->cr.uid); last != written_at_.end())
    {
        next_due_ = std::min(next_due_, last->second + options_.interval);
        co_return result<void>();
    }
    auto const uid = entry->cr.uid;
    auto request =
        kube::merge_patch_request(image_pull_secret_type(), {}, name, status_patch(report), "status");
    auto const doing = "cannot patch the status of imagepullsecret " + name;
    auto answer = co_await client_.fetch(std::move(request), doing);
    if (answer)
    {
        // An ImagePullSecret that was recreated under this name meanwhile does not have this status.
        if (auto const* still = catalog_.find(name); still != nullptr && still->cr.uid == uid)
            catalog_.set_status(name, report);
        written_at_[uid] = steady_clock::now();
        co_return result<void>();
    }
    // An ImagePullSecret that was deleted meanwhile needs no status.
    if (answer.error().code == kube::errc::not_found)
        co_return result<void>();
    co_return answer.error();
}

}  // namespace tcr::controller
