// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/errc.hpp>
#include <tcr/runtime/watch_state.hpp>

namespace tcr::runtime
{
namespace
{

/// Whether every retry with the same continue token would fail, too.
bool refuses_token(error const& why)
{
    return why.code == kube::errc::gone || why.code == kube::errc::invalid ||
           why.code == kube::errc::internal_error;
}

}  // namespace

std::chrono::steady_clock::duration with_jitter(std::chrono::steady_clock::duration around, double random)
{
    return std::chrono::duration_cast<std::chrono::steady_clock::duration>(around * (0.9 + 0.2 * random));
}

std::chrono::seconds watch_length(
    std::chrono::milliseconds timeout, std::chrono::steady_clock::duration until_resync, double random
)
{
    auto const wanted = std::min(with_jitter(timeout, random), until_resync);
    return std::max(std::chrono::ceil<std::chrono::seconds>(wanted), std::chrono::seconds(1));
}

void watch_state::list_again_if(bool is_resync_due, bool is_other_history)
{
    if ((step_ == step::watch && is_resync_due) || (step_ != step::list && is_other_history))
        list_again();
}

void watch_state::list_again()
{
    step_ = step::list;
    continue_token_.clear();
    page_failures_ = 0;
}

void watch_state::failed(error const& why)
{
    failures_ = std::max(failures_, restarts_) + 1;
    asked_wait_ = std::min(why.retry_after, max_asked_wait);
}

watch_state::page_end watch_state::page_listed(
    std::uint64_t resource_version, std::string const& continue_token
)
{
    failures_ = 0;
    page_failures_ = 0;
    asked_wait_ = {};
    if (new_history_ || resource_version < newest_seen_)
    {
        new_history_ = false;
        newest_seen_ = 0;
        list_again();
        return page_end::rewound;
    }
    resource_version_ = resource_version;
    continue_token_ = continue_token;
    if (!continue_token_.empty())
        return page_end::more;
    newest_seen_ = resource_version;
    step_ = step::watch;
    return page_end::complete;
}

void watch_state::list_failed(error const& why)
{
    failed(why);
    ++page_failures_;
    if (is_at_first_page() || (!refuses_token(why) && page_failures_ < max_page_refusals))
        return;
    ++restarts_;
    list_again();
}

void watch_state::probed(std::uint64_t resource_version)
{
    asked_wait_ = {};
    if (resource_version < newest_seen_)
    {
        // Remembers the restore: when the list arrives, the server's versions may again exceed those that we
        // know.
        new_history_ = true;
        return list_again();
    }
    step_ = step::watch;
}

void watch_state::watch_ended(watch_end const& end)
{
    bool const was_healthy = end.reached_timeout() || end.lasted >= min_healthy_watch;
    if (was_healthy)
        failures_ = restarts_ = 0;
    else
        failed(end.why);
    asked_wait_ = std::min(end.why.retry_after, max_asked_wait);
    new_history_ = new_history_ || end.saw_restore;
    if (end.why.code == kube::errc::gone || end.saw_restore)
    {
        // The server answered and requires a list. So earlier failures to reach the server do not delay the
        // list.
        restarts_ += was_healthy ? 0 : 1;
        failures_ = restarts_;
        return list_again();
    }
    resource_version_ = end.resource_version;
    newest_seen_ = std::max(newest_seen_, end.resource_version);
    if (end.why.code)
    {
        failures_ = std::max(failures_, 1u);
        if (!selects_one_object_)
        {
            step_ = step::probe;
            return;
        }
        restarts_ += was_healthy ? 0 : 1;
        list_again();
    }
}

void watch_progress::listed(std::uint64_t resource_version, time_point now)
{
    newest_ = resource_version;
    if (!is_list_unproven_)
        last_progress_ = now;
    is_list_unproven_ = true;
}

void watch_progress::event(std::uint64_t resource_version, time_point now)
{
    if (resource_version <= newest_ && now - watch_begun_ < min_healthy_watch)
        return;
    newest_ = std::max(newest_, resource_version);
    watch_was_healthy(now);
}

void watch_progress::watch_was_healthy(time_point now)
{
    last_progress_ = now;
    is_list_unproven_ = false;
}

bool watch_progress::failed(error const& why, bool is_error_event, time_point now)
{
    bool const is_stream_fault =
        is_error_event || why.code == kube::errc::bad_answer || why.code == kube::errc::gone;
    if (why.code.category() == kube::category() && !is_stream_fault)
        last_refusal_ = now;
    return is_stream_fault;
}

}  // namespace tcr::runtime
