#include <tcr/net/errc.hpp>
#include <tcr/runtime/watcher.hpp>

namespace tcr::runtime
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Reads a list's own version and lets its objects pass.
class version_reader final : public kube::object_reader
{
public:
    std::vector<kube::skim_path> paths() const override { return {}; }
    void begin_object() override {}
    void on_value(int, std::string_view, std::string_view) override {}
    void on_object(kube::object_event, kube::object_meta const&) override {}
};

}  // namespace

watcher::watcher(
    kube::client& client,
    kube::resource type,
    kube::selection which,
    reflector& target,
    watcher_options options,
    logger& log,
    std::function<void()> on_synced
)
    : client_(client),
      type_(std::move(type)),
      which_(std::move(which)),
      target_(target),
      options_(options),
      log_(log),
      on_synced_(std::move(on_synced)),
      state_(options.backoff),
      list_(target),
      events_(target)
{
}

task<void> watcher::run()
{
    for (;;)
    {
        auto delay = state_.delay(std::uniform_real_distribution<>()(random_));
        if (delay.count() > 0)
            co_await sleep_for(delay);
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
    auto const doing = "cannot list " + type_.plural;
    auto sent = co_await client_.send(std::move(request), page, limits, doing);
    if (sent && !page.page_complete())
        sent = error(kube::errc::bad_answer, doing + ": the answer is not a complete list");
    co_return sent;
}

task<void> watcher::list_page()
{
    if (state_.at_first_page())
        target_.begin_list();
    auto sent = co_await fetch_page(list_, options_.page_size, state_.continue_token());
    if (!sent)
    {
        report(sent.error());
        state_.list_failed(sent.error().code);
        co_return;
    }
    auto const end = state_.page_listed(list_.resource_version(), list_.continue_token());
    if (end == watch_state::page_end::rewound)
    {
        log_.warning("the server went back in time; listing anew", {{"resource", type_.plural}});
        target_.on_rewind();
    }
    if (end != watch_state::page_end::complete)
        co_return;
    target_.end_list(state_.resource_version());
    log_.info("listed", {{"resource", type_.plural}, {"resource_version", state_.resource_version()}});
    last_report_.clear();
    synced_ = true;
    on_synced_();
}

task<void> watcher::probe()
{
    version_reader ignore;
    kube::list_decoder page(ignore);
    std::string const first_page;
    auto sent = co_await fetch_page(page, 1, first_page);
    if (sent)
    {
        state_.probed(page.resource_version());
        co_return;
    }
    report(sent.error());
    state_.probe_failed();
}

task<void> watcher::watch()
{
    auto const begun = steady_clock::now();
    // Watches that all end at the same moment would all be renewed at the same moment.
    auto const spread = std::uniform_real_distribution<>(0.9, 1.1)(random_);
    auto const timeout = std::chrono::duration_cast<std::chrono::seconds>(options_.watch_timeout * spread);
    events_.begin_watch(state_.resource_version());
    auto request = kube::watch_request(type_, which_, std::to_string(state_.resource_version()), timeout);
    net::time_limits limits;
    limits.whole = timeout + options_.idle_margin;
    limits.idle = options_.bookmark_silence;
    auto sent = co_await client_.send(std::move(request), events_, limits, "cannot watch " + type_.plural);

    watch_state::watch_end end;
    if (events_.failure())
        sent = kube::to_error(*events_.failure(), "the watch of " + type_.plural + " ended");
    if (!sent)
        end.why = sent.error().code;
    end.resource_version = events_.resource_version();
    end.events = events_.events();
    end.went_back = events_.went_back();
    end.lasted = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begun);
    if (!sent)
        report(sent.error());
    else
        last_report_.clear();
    state_.watch_ended(end);
}

void watcher::report(error const& failure)
{
    if (failure.code == asio::error::operation_aborted)
        return;
    auto text = failure.message();
    // An outage is one line, not one a retry.
    auto const level_is_debug = text == last_report_;
    last_report_ = text;
    if (failure.code == kube::errc::unknown_resource)
        text += "; if this is our own resource, install its CRD (kubectl apply -f deploy/crd.yaml)";
    if (level_is_debug)
        log_.debug("still waiting", {{"resource", type_.plural}, {"why", text}});
    else if (failure.code == kube::errc::gone)
        log_.info("listing anew", {{"resource", type_.plural}, {"why", text}});
    else
        log_.warning("will retry", {{"resource", type_.plural}, {"why", text}});
}

}  // namespace tcr::runtime
