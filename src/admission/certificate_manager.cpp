// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/certificate_manager.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/net/certificate.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/util/backoff.hpp>
#include <tcr/util/duration.hpp>
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

constexpr backoff_policy write_backoff{milliseconds(1'000), milliseconds(60'000)};

/// Delays between repairs of an object. They are short, because API servers cannot call the webhooks before
/// the repair.
constexpr backoff_policy contention_delay{milliseconds(1'000), milliseconds(10'000)};

kube::resource const secrets{"", "v1", "secrets"};

/// Whether the step may undo a change by another client.
bool is_repair(certificate_step step)
{
    return step == certificate_step::create || step == certificate_step::restore ||
           step == certificate_step::replace;
}

}  // namespace

std::vector<std::string> webhook_names(std::string const& ns, std::vector<std::string> const& extra)
{
    std::string service(webhook_service_name);
    service.append(".").append(ns).append(".svc");
    std::vector<std::string> names{service};
    names.push_back(service.append(".cluster.local"));
    names.insert(names.end(), extra.begin(), extra.end());
    return names;
}

certificate_manager::configuration::configuration(
    certificate_manager& owner,
    kube::client& client,
    runtime::watcher_options watching,
    std::string plural,
    std::string_view name
)
    : type{"admissionregistration.k8s.io", "v1", std::move(plural)},
      reflector([&owner] { owner.loop_.trigger(); }),
      watcher(
          client,
          type,
          kube::select_object(name),
          reflector,
          owner.quarantine_,
          watching,
          owner.log_,
          [&owner] { owner.loop_.trigger(); }
      ),
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
              serve_current();
              loop_.trigger();
          }
      ),
      answer_reflector_([] {}),
      answer_decoder_(answer_reflector_, kube::object_event::modified),
      quarantine_(log),
      secret_watcher_(
          client,
          secrets,
          kube::select_object(certificate_secret_name, ns_),
          secret_,
          quarantine_,
          watching,
          log,
          [this] { loop_.trigger(); }
      ),
      validating_(*this, client, watching, "validatingwebhookconfigurations", validating_configuration_name),
      mutating_(*this, client, watching, "mutatingwebhookconfigurations", mutating_configuration_name),
      contention_(contention_delay)
{
}

// --- every replica

/// Serves the certificate in the Secret. If the Secret is missing or unusable, continues to serve the former
/// certificate, which may still be valid.
void certificate_manager::serve_current()
{
    auto const& seen = secret_.secret();
    is_usable_ = false;
    if (!seen)
        return;
    auto const facts =
        net::inspect_certificate(seen->current.certificate_pem, seen->current.key_pem, seen->ca_pem);
    if (!facts)
        return;
    is_usable_ = true;
    if (seen->is_ours)
        last_good_ = seen;
    if (seen->current == served_)
        return;
    auto context = net::make_server_context(seen->current.certificate_pem, seen->current.key_pem);
    if (!context)
        return warn_once("serve", "cannot serve the webhook certificate", context.error().message());
    reported_.resolved("serve");
    context_ = std::move(*context);
    served_ = seen->current;
    expires_at_ = facts->not_after;
    log_.info(
        "serving a new webhook certificate",
        {{"expires", rfc3339(facts->not_after)}, {"ours", seen->is_ours ? "yes" : "no"}}
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
    next_attempt_ = {};
    contention_.reset();
    task_group parts(executor_);
    parts.spawn(validating_.watcher.run());
    parts.spawn(mutating_.watcher.run());
    parts.spawn(loop_.run());
    co_await parts.join();
}

task<runtime::next_reconcile> certificate_manager::reconcile()
{
    next_check_ = steady_clock::now() + max_wall_wait;
    if (!secret_watcher_.is_synced())
        co_return runtime::next_reconcile{next_check_};
    co_await take_step();
    for (auto* each : {&validating_, &mutating_})
    {
        auto const bundle = desired_bundle();
        auto const& seen = each->reflector.configuration();
        if (bundle && seen && !seen->trusts(*bundle))
            co_await repair(*each, *bundle);
    }
    co_return runtime::next_reconcile{next_check_};
}

task<void> certificate_manager::take_step()
{
    auto const now = system_clock::now();
    update_trust(now);
    auto const plan = plan_certificate(secret_.secret(), last_good_, policy_, trusted_since_, now);
    next_check_ = std::min(next_check_, next_wall_check(plan.recheck_at));
    if (plan.step == certificate_step::none)
    {
        reported_.resolved("secret");
        co_return;
    }
    if (plan.step == certificate_step::report)
    {
        warn_once("secret", "cannot use the webhook certificate, and it is not ours", plan.reason);
        co_return;
    }
    auto const earliest = std::max(next_attempt_, contention_.next());
    if (steady_clock::now() < earliest)
    {
        next_check_ = std::min(next_check_, earliest);
        co_return;
    }
    log_.info("changing the webhook certificate", {{"step", name_of(plan.step)}, {"reason", plan.reason}});
    co_await write(plan.step);
}

task<void> certificate_manager::write(certificate_step step)
{
    auto content = apply_step(step, secret_.secret(), last_good_, policy_, system_clock::now());
    if (!content)
    {
        auto const delay = schedule_retry();
        warn_once("secret", "cannot issue a webhook certificate", content.error().message(), delay);
        co_return;
    }
    auto const name = std::string(certificate_secret_name);
    auto request = secret_.secret() ? kube::merge_patch_request(secrets, ns_, name, update_body(*content))
                                    : kube::create_request(secrets, ns_, create_body(name, *content));
    auto const doing = "cannot write the webhook certificate to Secret " + ns_ + "/" + name;
    auto answer = co_await writes_.fetch(std::move(request), doing, runtime::pacing::none);
    if (!answer)
    {
        auto const delay = schedule_retry();
        warn_once("secret", "cannot store the webhook certificate", answer.error().message(), delay);
        co_return;
    }
    failures_ = 0;
    reported_.resolved("secret");
    if (is_repair(step))
        contention_.repaired(steady_clock::now(), random());
    answer_reflector_.forget();
    answer_decoder_.begin();
    if (!answer_decoder_.on_body(*answer) && answer_reflector_.secret())
        secret_.put(*answer_reflector_.secret());
}

/// The CA bundle that both configurations should contain; nullopt if the Secret has no usable certificate or
/// no CA.
std::optional<std::string> certificate_manager::desired_bundle() const
{
    auto const& seen = secret_.secret();
    if (!seen || seen->ca_pem.empty() || !is_usable_)
        return std::nullopt;
    return seen->ca_pem;
}

/// Updates `trusted_since_`, the time since which both configurations contain the desired bundle. A
/// configuration counts as containing the bundle if it is not installed or if cainjector writes it.
void certificate_manager::update_trust(system_time now)
{
    auto const bundle = desired_bundle();
    bool is_trusted = bundle.has_value();
    for (auto* each : {&validating_, &mutating_})
    {
        auto const& seen = each->reflector.configuration();
        is_trusted = is_trusted && each->watcher.is_synced() && (!seen || seen->trusts(*bundle));
    }
    if (!is_trusted)
        trusted_since_.reset();
    else if (!trusted_since_ || trusted_bundle_ != *bundle)
    {
        trusted_since_ = now;
        trusted_bundle_ = *bundle;
    }
}

task<void> certificate_manager::repair(configuration& target, std::string ca_pem)
{
    // The first write of a bundle has no delay: only repeated writes of the same bundle mean contention with
    // another client.
    bool const is_first_write = std::exchange(target.written_bundle, ca_pem) != ca_pem;
    if (is_first_write)
        target.contention.reset();
    if (steady_clock::now() < target.contention.next())
    {
        next_check_ = std::min(next_check_, target.contention.next());
        co_return;
    }
    auto const seen = *target.reflector.configuration();
    auto request =
        kube::strategic_merge_patch_request(target.type, {}, seen.name, ca_bundle_patch(seen, ca_pem));
    auto const doing = "cannot patch webhook configuration " + seen.name;
    auto answer = co_await writes_.fetch(std::move(request), doing, runtime::pacing::none);
    // Check the configuration again at `next()`. By then, the watch has usually reported this write or, after
    // a conflict, the write of another client.
    auto const now = steady_clock::now();
    target.contention.repaired(now, random());
    next_check_ = std::min(next_check_, target.contention.next());
    if (answer)
    {
        reported_.resolved(seen.name);
        log_.info(
            is_first_write ? "wrote the caBundle" : "restored the caBundle", {{"configuration", seen.name}}
        );
    }
    else if (answer.error().code != kube::errc::conflict)
        warn_once(
            seen.name,
            "cannot write the caBundle",
            answer.error().message(),
            std::chrono::ceil<milliseconds>(target.contention.next() - now)
        );
}

/// Schedules the next attempt after a failure. \return the delay until then.
milliseconds certificate_manager::schedule_retry()
{
    auto const delay = write_backoff.delay(++failures_, random());
    next_attempt_ = steady_clock::now() + delay;
    next_check_ = std::min(next_check_, next_attempt_);
    return delay;
}

void certificate_manager::warn_once(
    std::string const& subject,
    std::string const& message,
    std::string const& cause,
    std::optional<milliseconds> retry_in
)
{
    // Compare without the delay, which differs between attempts.
    if (reported_.is_new(subject, message + ": " + cause))
        log_.warning(
            message + (retry_in ? "; retrying in " + to_text(*retry_in) : ""), {{"error", printable(cause)}}
        );
}

}  // namespace tcr::admission
