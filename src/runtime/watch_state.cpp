#include <tcr/kube/errc.hpp>
#include <tcr/runtime/watch_state.hpp>

namespace tcr::runtime
{
namespace
{

/// Whether every retry with this continue token would fail, too.
bool refuses_token(error const& why)
{
    return why.code == kube::errc::gone || why.code == kube::errc::invalid ||
           why.code == kube::errc::internal_error;
}

}  // namespace

void watch_state::start_over()
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
        start_over();
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
    if (at_first_page() || (!refuses_token(why) && page_failures_ < max_page_refusals))
        return;
    ++restarts_;
    start_over();
}

void watch_state::probed(std::uint64_t resource_version)
{
    asked_wait_ = {};
    if (resource_version < newest_seen_)
    {
        // By the time of the list, the server's versions may exceed the ones we know.
        new_history_ = true;
        return start_over();
    }
    step_ = step::watch;
}

void watch_state::probe_failed(error const& why)
{
    failed(why);
}

void watch_state::watch_ended(watch_end const& end)
{
    bool const has_lived = end.as_agreed || end.lasted >= living_watch;
    if (has_lived)
        failures_ = restarts_ = 0;
    else
        failed(end.why);
    asked_wait_ = std::min(end.why.retry_after, max_asked_wait);
    new_history_ = new_history_ || end.went_back;
    if (end.why.code == kube::errc::gone || end.went_back)
    {
        // The server answered and requires a list: earlier failures to reach it do not delay the list.
        restarts_ += has_lived ? 0 : 1;
        failures_ = restarts_;
        return start_over();
    }
    resource_version_ = end.resource_version;
    newest_seen_ = std::max(newest_seen_, end.resource_version);
    if (end.why.code)
    {
        step_ = step::probe;
        failures_ = std::max(failures_, 1u);
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
    if (resource_version <= newest_ && now - watch_begun_ < living_watch)
        return;
    newest_ = std::max(newest_, resource_version);
    watch_lived(now);
}

void watch_progress::watch_lived(time_point now)
{
    last_progress_ = now;
    is_list_unproven_ = false;
}

void watch_progress::failed(error const& why, bool is_stream_fault, time_point now)
{
    if (why.code.category() == kube::category() && !is_stream_fault)
        last_refusal_ = now;
}

}  // namespace tcr::runtime
