#include <tcr/admission/certificate_keeper.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/net/certificate.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/util/backoff.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/task_group.hpp>
#include <tcr/util/wall_clock.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace tcr::admission
{
namespace
{

using steady_clock = std::chrono::steady_clock;
using system_clock = std::chrono::system_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr backoff_policy retry{milliseconds(1'000), milliseconds(60'000)};

/// In a fight: soon enough for who needs the webhooks.
constexpr backoff_policy fight{milliseconds(1'000), milliseconds(10'000)};

/// After so long without a repair nobody fights for a configuration any more.
constexpr seconds peace{120};

kube::resource const secrets{"", "v1", "secrets"};

/// Whether the step is called for by somebody else's deed: two such may fight.
bool is_rescue(certificate_step step)
{
    return step == certificate_step::create || step == certificate_step::restore ||
           step == certificate_step::replace;
}

kube::selection only(std::string_view name, std::string const& ns = {})
{
    kube::selection which;
    which.field_selector = "metadata.name=" + std::string(name);
    if (!ns.empty())
        which.field_selector += ",metadata.namespace=" + ns;
    return which;
}

}  // namespace

std::vector<std::string> webhook_names(std::string const& ns, std::vector<std::string> const& more)
{
    std::string service(webhook_service_name);
    service.append(".").append(ns).append(".svc");
    std::vector<std::string> names{service};
    names.push_back(service.append(".cluster.local"));
    names.insert(names.end(), more.begin(), more.end());
    return names;
}

certificate_keeper::configuration::configuration(
    kube::client& client,
    std::string plural,
    std::string_view name,
    runtime::quarantine& unreadable,
    runtime::watcher_options watching,
    logger& log,
    notifier& news
)
    : type{"admissionregistration.k8s.io", "v1", std::move(plural)},
      seen([&news] { news.notify(); }),
      watch(client, type, only(name), seen, unreadable, watching, log, [&news] { news.notify(); })
{
}

certificate_keeper::certificate_keeper(
    asio::any_io_executor executor,
    kube::client& client,
    runtime::leadership const& held,
    std::string ns,
    certificate_policy policy,
    runtime::watcher_options watching,
    logger& log
)
    : executor_(executor),
      ns_(std::move(ns)),
      policy_(std::move(policy)),
      log_(log),
      writes_(executor, client, held),
      news_(executor),
      secret_(
          [this]
          {
              serve_present();
              news_.notify();
          }
      ),
      answered_([] {}),
      answer_(answered_, kube::object_event::modified),
      unreadable_(log),
      watch_secret_(
          client,
          secrets,
          only(certificate_secret_name, ns_),
          secret_,
          unreadable_,
          watching,
          log,
          [this] { news_.notify(); }
      ),
      validating_(
          client,
          "validatingwebhookconfigurations",
          validating_configuration_name,
          unreadable_,
          watching,
          log,
          news_
      ),
      mutating_(
          client,
          "mutatingwebhookconfigurations",
          mutating_configuration_name,
          unreadable_,
          watching,
          log,
          news_
      )
{
}

// --- every replica

/// What cannot be used is not served: then the former one stays, which may still be good.
void certificate_keeper::serve_present()
{
    auto const& seen = secret_.secret();
    is_usable_ = false;
    if (!seen)
        return;
    auto const facts =
        net::inspect_certificate(seen->present.certificate_pem, seen->present.key_pem, seen->ca_pem);
    if (!facts)
        return;
    is_usable_ = true;
    if (seen->is_ours)
        last_good_ = seen;
    if (seen->present == served_)
        return;
    auto context = net::make_server_context(seen->present.certificate_pem, seen->present.key_pem);
    if (!context)
        return report("the webhooks' certificate cannot be served", context.error().message());
    context_ = std::move(*context);
    served_ = seen->present;
    expires_at_ = facts->not_after;
    log_.info(
        "the webhooks' certificate is served",
        {{"until", rfc3339(facts->not_after)}, {"ours", seen->is_ours ? "yes" : "no"}}
    );
}

std::string certificate_keeper::problem(system_time now) const
{
    if (context_ == nullptr)
        return "no certificate yet in Secret " + ns_ + "/" + std::string(certificate_secret_name);
    if (now >= *expires_at_)
        return "the certificate expired at " + rfc3339(*expires_at_);
    return {};
}

// --- the leader

task<void> certificate_keeper::lead()
{
    trusted_since_.reset();
    failures_ = 0;
    next_try_ = {};
    rescues_ = 0;
    task_group parts(executor_);
    parts.spawn(validating_.watch.run());
    parts.spawn(mutating_.watch.run());
    parts.spawn(keep());
    co_await parts.join();
}

task<void> certificate_keeper::keep()
{
    for (;;)
    {
        next_look_ = steady_clock::now() + max_wall_wait;
        if (watch_secret_.is_synced())
        {
            co_await take_step();
            for (auto* each : {&validating_, &mutating_})
            {
                auto const bundle = wanted_bundle();
                auto const& seen = each->seen.configuration();
                if (bundle && seen && !seen->trusts(*bundle))
                    co_await repair(*each, *bundle);
            }
        }
        co_await news_.wait_until(next_look_);
    }
}

task<void> certificate_keeper::take_step()
{
    auto const now = system_clock::now();
    note_trust(now);
    auto const plan = plan_certificate(secret_.secret(), last_good_, policy_, trusted_since_, now);
    next_look_ = std::min(next_look_, next_wall_check(plan.again));
    if (plan.step == certificate_step::none)
    {
        last_report_.clear();
        co_return;
    }
    if (plan.step == certificate_step::report)
    {
        report("the webhooks' certificate is not ours and cannot be used", plan.why);
        co_return;
    }
    if (steady_clock::now() < next_try_)
    {
        next_look_ = std::min(next_look_, next_try_);
        co_return;
    }
    log_.info("a step with the webhooks' certificate", {{"step", name_of(plan.step)}, {"why", plan.why}});
    co_await write(plan.step);
}

task<void> certificate_keeper::write(certificate_step step)
{
    auto content = carry_out(step, secret_.secret(), last_good_, policy_, system_clock::now());
    if (!content)
    {
        report("cannot make a certificate for the webhooks", content.error().message());
        co_return put_off();
    }
    auto const name = std::string(certificate_secret_name);
    auto request = secret_.secret() ? kube::merge_patch_request(secrets, ns_, name, update_body(*content))
                                    : kube::create_request(secrets, ns_, create_body(name, *content));
    auto answer = co_await writes_.fetch(std::move(request), "cannot write secret " + name);
    if (!answer)
    {
        report("will retry", answer.error().message());
        co_return put_off();
    }
    failures_ = 0;
    last_report_.clear();
    if (is_rescue(step))
    {
        auto const written_at = steady_clock::now();
        rescues_ = written_at > next_try_ + peace ? 1 : rescues_ + 1;
        next_try_ = written_at + fight.delay(rescues_, random());
    }
    answered_.forget();
    answer_.begin();
    if (!answer_.on_body(*answer) && answered_.secret())
        secret_.learn(*answered_.secret());
}

/// What both configurations are to name, or nothing: not known yet, or not for us to say.
std::optional<std::string> certificate_keeper::wanted_bundle() const
{
    auto const& seen = secret_.secret();
    if (!seen || seen->ca_pem.empty() || !is_usable_)
        return std::nullopt;
    return seen->ca_pem;
}

/// Keeps since when every API server may have learned whom to trust.
void certificate_keeper::note_trust(system_time now)
{
    auto const bundle = wanted_bundle();
    bool is_trusted = bundle.has_value();
    for (auto* each : {&validating_, &mutating_})
    {
        auto const& seen = each->seen.configuration();
        is_trusted = is_trusted && each->watch.is_synced() && (!seen || seen->trusts(*bundle));
    }
    if (!is_trusted)
        trusted_since_.reset();
    else if (!trusted_since_ || trusted_bundle_ != *bundle)
    {
        trusted_since_ = now;
        trusted_bundle_ = *bundle;
    }
}

task<void> certificate_keeper::repair(configuration& which, std::string ca_pem)
{
    auto const now = steady_clock::now();
    if (now < which.next_repair && which.written == ca_pem)
    {
        next_look_ = std::min(next_look_, which.next_repair);
        co_return;
    }
    // A renewal of ours is no fight.
    if (now > which.next_repair + peace || std::exchange(which.written, ca_pem) != ca_pem)
        which.repairs = 0;
    auto const seen = *which.seen.configuration();
    auto request =
        kube::strategic_merge_patch_request(which.type, {}, seen.name, ca_bundle_patch(seen, ca_pem));
    auto answer = co_await writes_.fetch(std::move(request), "cannot write the caBundle of " + seen.name);
    // Until then the watch has told of it, or of what somebody else wrote at the same time.
    which.next_repair = steady_clock::now() + fight.delay(++which.repairs, random());
    next_look_ = std::min(next_look_, which.next_repair);
    if (answer)
        log_.info("the caBundle is right again", {{"configuration", seen.name}});
    else if (answer.error().code != kube::errc::conflict)
        report("will retry", answer.error().message());
}

void certificate_keeper::put_off()
{
    next_try_ = steady_clock::now() + retry.delay(++failures_, random());
    next_look_ = std::min(next_look_, next_try_);
}

/// Once, until it is another.
void certificate_keeper::report(std::string const& what, std::string const& why)
{
    auto text = what + ": " + why;
    if (std::exchange(last_report_, std::move(text)) == what + ": " + why)
        return;
    log_.warning(what, {{"why", printable(why)}});
}

}  // namespace tcr::admission
