// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/request.hpp>
#include <tcr/runtime/leader_election.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>

namespace tcr::runtime
{
namespace
{

using steady_clock = std::chrono::steady_clock;

kube::resource const leases{"coordination.k8s.io", "v1", "leases"};

constexpr std::string_view reading = "cannot read the lease";

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
      full_name_(where_.ns + "/" + where_.name),
      options_(options),
      held_(held),
      log_(log),
      state_(where_.identity, options),
      steps_(executor, [this] { return do_step(); }),
      changed_(executor)
{
}

task<void> leader_election::run(std::function<task<void>()> lead)
{
    log_.info("waiting to acquire the lease", {{"lease", full_name_}, {"identity", where_.identity}});
    task_group parts(executor_);
    parts.spawn(steps_.run());
    parts.spawn(run_leaderships(std::move(lead)));
    co_await parts.join();
}

task<void> leader_election::run_leaderships(std::function<task<void>()> lead)
{
    for (;;)
    {
        while (!leads())
            co_await changed_.wait();
        ++leaderships_;
        log_.info("acquired the lease", {{"lease", full_name_}});
        task_group work(executor_);
        work.spawn(lead());
        work.spawn(end_with_leadership(work));
        co_await work.join();
        log_.warning("lost the lease; this process no longer leads", {{"lease", full_name_}});
    }
}

task<void> leader_election::end_with_leadership(task_group& work)
{
    while (leads())
        co_await changed_.wait_until(steady_clock::now() + (held_.until() - boot_clock::now()));
    held_.give_up();
    work.cancel();
}

task<result<lease>> leader_election::fetch(
    net::http_request request, std::string_view doing, std::chrono::milliseconds limit
)
{
    net::time_limits limits;
    limits.whole = limit;
    auto answer = co_await client_.fetch_unthrottled(std::move(request), doing, limits);
    if (!answer)
        co_return answer.error();
    co_return parse_lease(*answer);
}

task<next_reconcile> leader_election::do_step()
{
    auto const step = state_.next(boot_clock::now());
    auto request = kube::get_request(leases, where_.ns, where_.name);
    auto doing = reading;
    if (step != election_state::step::read)
    {
        has_claimed_ = true;
        auto const claim = state_.claim(time_now());
        bool const is_new = step == election_state::step::create;
        doing = is_new ? "cannot create the lease" : "cannot update the lease";
        request = is_new ? kube::create_request(leases, where_.ns, lease_body(where_.ns, where_.name, claim))
                         : kube::merge_patch_request(leases, where_.ns, where_.name, lease_patch(claim));
    }
    auto const sent_at = boot_clock::now();
    auto const answer = co_await fetch(std::move(request), doing, options_.max_request());
    auto const random = std::uniform_real_distribution<>()(random_);
    // Only a success shows that the reported failure is over. A refusal, such as a conflict, does not.
    if (answer)
        reported_.resolved(where_.name);
    report(state_.answered(step, answer, sent_at, boot_clock::now(), random));
    publish();
    co_return next_reconcile{steady_clock::now() + (state_.due() - boot_clock::now())};
}

void leader_election::publish()
{
    if (state_.leads_until() != held_.until())
    {
        held_.hold_until(state_.leads_until());
        changed_.notify();
    }
    if (state_.holder() == logged_holder_)
        return;
    logged_holder_ = state_.holder();
    if (!logged_holder_.empty() && logged_holder_ != where_.identity)
        log_.info("another process holds the lease", {{"holder", printable(logged_holder_, 200)}});
}

void leader_election::report(error const& failure)
{
    if (!failure.code || failure.code == asio::error::operation_aborted)
        return;
    auto const text = failure.message();
    if (!reported_.is_new(where_.name, text))
        return;
    auto const pause = std::chrono::ceil<std::chrono::milliseconds>(state_.due() - boot_clock::now());
    log_.warning(
        "cannot acquire or renew the lease; retrying in " +
            to_text(std::max(pause, std::chrono::milliseconds(0))),
        {{"lease", full_name_}, {"error", text}}
    );
}

task<void> leader_election::release()
{
    if (!has_claimed_)
        co_return;
    held_.give_up();
    // The server may have executed a cancelled renewal, which changes the lease's version. So read the lease
    // first.
    auto get = kube::get_request(leases, where_.ns, where_.name);
    auto record = co_await fetch(std::move(get), reading, options_.retry_period);
    if (record && record->holder != where_.identity)
        co_return;
    if (record)
    {
        auto const body = lease_patch(released(*record, time_now()));
        auto patch = kube::merge_patch_request(leases, where_.ns, where_.name, body);
        record = co_await fetch(std::move(patch), "cannot release the lease", options_.retry_period);
    }
    if (record)
        log_.info("released the lease", {{"lease", full_name_}});
    else
        log_.warning(
            "cannot release the lease; it expires after its duration", {{"error", record.error().message()}}
        );
}

}  // namespace tcr::runtime
