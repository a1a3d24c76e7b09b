#include <tcr/kube/errc.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/runtime/leader_election.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>

namespace tcr::runtime
{
namespace
{

using steady_clock = std::chrono::steady_clock;

kube::resource const leases{"coordination.k8s.io", "v1", "leases"};

std::string time_now()
{
    return rfc3339_micro(std::chrono::system_clock::now());
}

}  // namespace

leader_election::leader_election(
    asio::any_io_executor executor,
    kube::client& client,
    lease_place where,
    leader_election_options options,
    leadership& held,
    logger& log
)
    : executor_(executor),
      client_(client),
      where_(std::move(where)),
      options_(options),
      held_(held),
      log_(log),
      state_(where_.identity, options),
      news_(executor)
{
}

task<void> leader_election::run(std::function<task<void>()> lead)
{
    task_group parts(executor_);
    parts.spawn(campaign());
    parts.spawn(serve_terms(std::move(lead)));
    co_await parts.join();
}

task<void> leader_election::campaign()
{
    log_.info(
        "running for the lease", {{"lease", where_.ns + "/" + where_.name}, {"identity", where_.identity}}
    );
    for (;;)
    {
        if (auto const wait = state_.due() - boot_clock::now(); wait.count() > 0)
            co_await sleep_for(wait);
        auto const step = state_.next(boot_clock::now());
        if (step == election_state::step::read)
            co_await read();
        else
            co_await write(step);
        publish();
    }
}

task<void> leader_election::serve_terms(std::function<task<void>()> lead)
{
    for (;;)
    {
        while (!leads())
            co_await news_.wait();
        ++terms_;
        log_.info("elected", {{"lease", where_.ns + "/" + where_.name}});
        task_group term(executor_);
        term.spawn(lead());
        term.spawn(end_with_leadership(term));
        co_await term.join();
        log_.warning("not the leader any more", {{"lease", where_.ns + "/" + where_.name}});
    }
}

task<void> leader_election::end_with_leadership(task_group& term)
{
    while (leads())
        co_await news_.wait_until(steady_clock::now() + (held_.until() - boot_clock::now()));
    held_.give_up();
    term.cancel();
}

/// Two tries fit between a failed renewal and the end of the leadership.
net::time_limits leader_election::limits() const
{
    net::time_limits limits;
    auto const pauses = options_.retry_period + options_.retry_period / 2;
    limits.whole = std::max(options_.retry_period, (options_.renew_deadline - pauses) / 2);
    return limits;
}

task<void> leader_election::read()
{
    auto request = kube::get_request(leases, where_.ns, where_.name);
    auto answer = co_await client_.fetch_unthrottled(std::move(request), "cannot read the lease", limits());
    auto const now = boot_clock::now();
    if (!answer && answer.error().code == kube::errc::not_found)
    {
        state_.absent(now);
        co_return;
    }
    auto record = answer ? parse_lease(*answer) : result<lease>(answer.error());
    if (!record)
    {
        report(record.error());
        state_.failed(now, random());
        co_return;
    }
    reported_.resolved(where_.name);
    state_.seen(*record, now, random());
}

task<void> leader_election::write(election_state::step step)
{
    has_claimed_ = true;
    auto const claim = state_.claim(time_now());
    bool const is_new = step == election_state::step::create;
    auto request = is_new ? kube::create_request(leases, where_.ns, lease_body(where_.ns, where_.name, claim))
                          : kube::merge_patch_request(leases, where_.ns, where_.name, lease_patch(claim));
    auto const sent_at = boot_clock::now();
    std::string_view const doing = is_new ? "cannot create the lease" : "cannot take or renew the lease";
    auto answer = co_await client_.fetch_unthrottled(std::move(request), doing, limits());
    auto const now = boot_clock::now();
    auto record = answer ? parse_lease(*answer) : result<lease>(answer.error());
    if (record)
    {
        reported_.resolved(where_.name);
        state_.claimed(*record, sent_at);
        co_return;
    }
    auto const code = record.error().code;
    bool const is_gone = code == kube::errc::not_found && !is_new;
    if (code == kube::errc::conflict || code == kube::errc::already_exists || is_gone)
    {
        state_.refused(now);
        co_return;
    }
    report(record.error());
    state_.failed(now, random());
}

void leader_election::publish()
{
    if (state_.leads_until() != held_.until())
    {
        held_.hold_until(state_.leads_until());
        news_.notify();
    }
    if (state_.holder() == known_holder_)
        return;
    known_holder_ = state_.holder();
    if (!known_holder_.empty() && known_holder_ != where_.identity)
        log_.info("another leads", {{"holder", printable(known_holder_, 200)}});
}

void leader_election::report(error const& failure)
{
    auto const text = failure.message();
    if (failure.code != asio::error::operation_aborted && reported_.is_new(where_.name, text))
        log_.warning(
            "cannot use the lease; retrying", {{"lease", where_.ns + "/" + where_.name}, {"why", text}}
        );
}

task<void> leader_election::release()
{
    if (!has_claimed_)
        co_return;
    held_.give_up();
    // Read first: a cancelled renewal may have been carried out.
    net::time_limits limits;
    limits.whole = options_.retry_period;
    auto look = kube::get_request(leases, where_.ns, where_.name);
    auto seen = co_await client_.fetch_unthrottled(std::move(look), "cannot read the lease", limits);
    auto const record = seen ? parse_lease(*seen) : result<lease>(seen.error());
    if (record && record->holder != where_.identity)
        co_return;
    auto failure = record ? error() : record.error();
    if (record)
    {
        auto request = kube::merge_patch_request(
            leases, where_.ns, where_.name, lease_patch(released(*record, time_now()))
        );
        auto answer =
            co_await client_.fetch_unthrottled(std::move(request), "cannot release the lease", limits);
        if (!answer)
            failure = answer.error();
    }
    if (failure.code)
        log_.warning("the lease runs out by itself", {{"why", failure.message()}});
    else
        log_.info("released the lease", {{"lease", where_.ns + "/" + where_.name}});
}

}  // namespace tcr::runtime
