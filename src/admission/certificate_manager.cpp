#include <tcr/admission/certificate_manager.hpp>
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

constexpr backoff_policy retry{milliseconds(1'000), milliseconds(60'000)};

/// Short, because API servers cannot call the webhooks until the repair.
constexpr backoff_policy contention_delay{milliseconds(1'000), milliseconds(10'000)};

kube::resource const secrets{"", "v1", "secrets"};

/// Whether the step repairs what another client did.
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

certificate_manager::configuration::configuration(
    kube::client& client,
    std::string plural,
    std::string_view name,
    runtime::quarantine& unreadable,
    runtime::watcher_options watching,
    logger& log,
    runtime::reconcile_loop& loop
)
    : type{"admissionregistration.k8s.io", "v1", std::move(plural)},
      seen([&loop] { loop.trigger(); }),
      watch(client, type, only(name), seen, unreadable, watching, log, [&loop] { loop.trigger(); }),
      contention(contention_delay)
{
}

certificate_manager::certificate_manager(
    asio::any_io_executor executor,
    kube::client& client,
    runtime::fenced_client& writes,
    std::string ns,
    certificate_policy policy,
    runtime::watcher_options watching,
    logger& log
)
    : executor_(executor),
      ns_(std::move(ns)),
      policy_(std::move(policy)),
      log_(log),
      writes_(writes),
      loop_(executor, [this] { return reconcile(); }),
      secret_(
          [this]
          {
              serve_present();
              loop_.trigger();
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
          [this] { loop_.trigger(); }
      ),
      validating_(
          client,
          "validatingwebhookconfigurations",
          validating_configuration_name,
          unreadable_,
          watching,
          log,
          loop_
      ),
      mutating_(
          client,
          "mutatingwebhookconfigurations",
          mutating_configuration_name,
          unreadable_,
          watching,
          log,
          loop_
      ),
      contention_(contention_delay)
{
}

// --- every replica

/// An unusable certificate is not served: the former one stays, which may still be valid.
void certificate_manager::serve_present()
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
        return report("serve", "the webhooks' certificate cannot be served", context.error().message());
    reported_.resolved("serve");
    context_ = std::move(*context);
    served_ = seen->present;
    expires_at_ = facts->not_after;
    log_.info(
        "the webhooks' certificate is served",
        {{"until", rfc3339(facts->not_after)}, {"ours", seen->is_ours ? "yes" : "no"}}
    );
}

std::string certificate_manager::problem(system_time now) const
{
    if (context_ == nullptr)
        return "no certificate yet in Secret " + ns_ + "/" + std::string(certificate_secret_name);
    if (now >= *expires_at_)
        return "the certificate expired at " + rfc3339(*expires_at_);
    return {};
}

// --- the leader

task<void> certificate_manager::lead()
{
    trusted_since_.reset();
    failures_ = 0;
    next_try_ = {};
    contention_.reset();
    task_group parts(executor_);
    parts.spawn(validating_.watch.run());
    parts.spawn(mutating_.watch.run());
    parts.spawn(loop_.run());
    co_await parts.join();
}

task<runtime::next_reconcile> certificate_manager::reconcile()
{
    next_look_ = steady_clock::now() + max_wall_wait;
    if (!watch_secret_.is_synced())
        co_return runtime::next_reconcile{next_look_};
    co_await take_step();
    for (auto* each : {&validating_, &mutating_})
    {
        auto const bundle = wanted_bundle();
        auto const& seen = each->seen.configuration();
        if (bundle && seen && !seen->trusts(*bundle))
            co_await repair(*each, *bundle);
    }
    co_return runtime::next_reconcile{next_look_};
}

task<void> certificate_manager::take_step()
{
    auto const now = system_clock::now();
    note_trust(now);
    auto const plan = plan_certificate(secret_.secret(), last_good_, policy_, trusted_since_, now);
    next_look_ = std::min(next_look_, next_wall_check(plan.again));
    if (plan.step == certificate_step::none)
    {
        reported_.resolved("secret");
        co_return;
    }
    if (plan.step == certificate_step::report)
    {
        report("secret", "the webhooks' certificate is not ours and cannot be used", plan.why);
        co_return;
    }
    auto const earliest = std::max(next_try_, contention_.next());
    if (steady_clock::now() < earliest)
    {
        next_look_ = std::min(next_look_, earliest);
        co_return;
    }
    log_.info("a step with the webhooks' certificate", {{"step", name_of(plan.step)}, {"why", plan.why}});
    co_await write(plan.step);
}

task<void> certificate_manager::write(certificate_step step)
{
    auto content = carry_out(step, secret_.secret(), last_good_, policy_, system_clock::now());
    if (!content)
    {
        report("secret", "cannot make a certificate for the webhooks", content.error().message());
        co_return put_off();
    }
    auto const name = std::string(certificate_secret_name);
    auto request = secret_.secret() ? kube::merge_patch_request(secrets, ns_, name, update_body(*content))
                                    : kube::create_request(secrets, ns_, create_body(name, *content));
    auto answer =
        co_await writes_.fetch(std::move(request), "cannot write secret " + name, runtime::pacing::none);
    if (!answer)
    {
        report("secret", "cannot store the webhooks' certificate; retrying", answer.error().message());
        co_return put_off();
    }
    failures_ = 0;
    reported_.resolved("secret");
    if (is_rescue(step))
        contention_.repaired(steady_clock::now(), random());
    answered_.forget();
    answer_.begin();
    if (!answer_.on_body(*answer) && answered_.secret())
        secret_.learn(*answered_.secret());
}

/// The bundle that both configurations should name; none if the Secret has no usable certificate.
std::optional<std::string> certificate_manager::wanted_bundle() const
{
    auto const& seen = secret_.secret();
    if (!seen || seen->ca_pem.empty() || !is_usable_)
        return std::nullopt;
    return seen->ca_pem;
}

/// Updates since when both configurations have named the bundle, so that API servers can learn of it.
void certificate_manager::note_trust(system_time now)
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

task<void> certificate_manager::repair(configuration& which, std::string ca_pem)
{
    // If our own renewal changed the bundle, the repair is not contention.
    if (std::exchange(which.written, ca_pem) != ca_pem)
        which.contention.reset();
    if (steady_clock::now() < which.contention.next())
    {
        next_look_ = std::min(next_look_, which.contention.next());
        co_return;
    }
    auto const seen = *which.seen.configuration();
    auto request =
        kube::strategic_merge_patch_request(which.type, {}, seen.name, ca_bundle_patch(seen, ca_pem));
    auto const doing = "cannot write the caBundle of " + seen.name;
    auto answer = co_await writes_.fetch(std::move(request), doing, runtime::pacing::none);
    // Look again at `next()`: by then the watch has reported this write, or a simultaneous one.
    which.contention.repaired(steady_clock::now(), random());
    next_look_ = std::min(next_look_, which.contention.next());
    if (answer)
    {
        reported_.resolved(seen.name);
        log_.info("the caBundle is right again", {{"configuration", seen.name}});
    }
    else if (answer.error().code != kube::errc::conflict)
        report(seen.name, "cannot write a caBundle; retrying", answer.error().message());
}

void certificate_manager::put_off()
{
    next_try_ = steady_clock::now() + retry.delay(++failures_, random());
    next_look_ = std::min(next_look_, next_try_);
}

void certificate_manager::report(std::string const& subject, std::string const& what, std::string const& why)
{
    if (reported_.is_new(subject, what + ": " + why))
        log_.warning(what, {{"why", printable(why)}});
}

}  // namespace tcr::admission
