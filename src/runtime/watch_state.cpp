#include <tcr/kube/errc.hpp>
#include <tcr/runtime/watch_state.hpp>

namespace tcr::runtime
{
namespace
{

/// A watch that ends sooner without a word counts as a failure: a server that closes at once is not asked
/// in a hot loop.
constexpr std::chrono::seconds worth_its_while{5};

}  // namespace

void watch_state::start_over()
{
    step_ = step::list;
    continue_token_.clear();
}

watch_state::page_end watch_state::page_listed(
    std::uint64_t resource_version, std::string const& continue_token
)
{
    failures_ = 0;
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
    ++failures_;
    asked_wait_ = why.retry_after;
    if (why.code == kube::errc::gone)
        start_over();
}

void watch_state::probed(std::uint64_t resource_version)
{
    asked_wait_ = {};
    if (resource_version < newest_seen_)
    {
        // Until the list comes, the server's versions may have grown past the ones we know.
        new_history_ = true;
        return start_over();
    }
    step_ = step::watch;
}

void watch_state::probe_failed(error const& why)
{
    ++failures_;
    asked_wait_ = why.retry_after;
}

void watch_state::watch_ended(watch_end const& end)
{
    bool const fruitful = end.events > 0 || end.as_agreed || end.lasted >= worth_its_while;
    failures_ = fruitful ? 0 : failures_ + 1;
    asked_wait_ = end.why.retry_after;
    new_history_ = new_history_ || end.went_back;
    if (end.why.code == kube::errc::gone || end.went_back)
    {
        // The server is there and has said what to do: failures to reach it before do not delay the list.
        failures_ = std::min(failures_, 1u);
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

}  // namespace tcr::runtime
