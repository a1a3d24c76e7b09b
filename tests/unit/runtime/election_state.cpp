// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/errc.hpp>
#include <tcr/runtime/election_state.hpp>
#include <tcr/runtime/leadership.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <ostream>
#include <queue>
#include <random>
#include <type_traits>
#include <vector>

namespace tcr::runtime
{

std::ostream& operator<<(std::ostream& out, election_state::step step)
{
    return out
           << (step == election_state::step::read     ? "read"
               : step == election_state::step::create ? "create"
                                                      : "claim");
}

}  // namespace tcr::runtime

namespace election_state_test
{

using namespace std::chrono_literals;
using tcr::runtime::election_state;
using tcr::runtime::lease;
using step = election_state::step;
using time_point = election_state::time_point;

time_point at(std::chrono::milliseconds since_begin)
{
    return time_point(1h) + since_begin;
}

lease held_by(std::string holder, std::string renewed = "t0", std::uint64_t version = 1)
{
    lease record;
    record.holder = std::move(holder);
    record.duration = 15s;
    record.renew_time = std::move(renewed);
    record.resource_version = version;
    return record;
}

struct candidate
{
    election_state state{"me", {}};

    void claim(std::chrono::milliseconds when)
    {
        auto written = state.claim("now");
        written.resource_version = 7;
        state.claimed(written, at(when));
    }
};

BOOST_AUTO_TEST_SUITE(election)

BOOST_FIXTURE_TEST_CASE(reads_first_and_makes_a_lease_that_is_absent, candidate)
{
    BOOST_TEST(state.next(at(0s)) == step::read);
    BOOST_TEST((state.due() <= at(0s)));
    state.absent(at(0s));
    BOOST_TEST(state.next(at(0s)) == step::create);
    BOOST_TEST((state.due() == at(0s)));
    auto const ours = state.claim("2026-01-01T00:00:00.000000Z");
    BOOST_TEST(ours.holder == "me");
    BOOST_TEST(ours.duration.count() == 15);
    BOOST_TEST(ours.transitions == 0);
    BOOST_TEST(ours.acquire_time == ours.renew_time);
    BOOST_TEST(ours.resource_version == 0u);
}

BOOST_FIXTURE_TEST_CASE(leads_for_the_renew_deadline_from_before_the_request, candidate)
{
    state.absent(at(0s));
    claim(100ms);
    BOOST_TEST(state.leads(at(100ms)));
    BOOST_TEST(state.leads(at(10'099ms)));
    BOOST_TEST(!state.leads(at(10'100ms)));
    BOOST_TEST((state.due() == at(2'100ms)));
    BOOST_TEST(state.next(at(2'100ms)) == step::claim);
    claim(2'100ms);
    BOOST_TEST((state.leads_until() == at(12'100ms)));
}

BOOST_FIXTURE_TEST_CASE(a_renewal_keeps_acquire_time_and_transitions, candidate)
{
    auto record = held_by("");
    record.transitions = 4;
    state.seen(record, at(0s), 0);
    auto const taken = state.claim("first");
    BOOST_TEST(taken.transitions == 5);
    BOOST_TEST(taken.acquire_time == "first");
    BOOST_TEST(taken.resource_version == 1u);
    state.claimed(taken, at(0s));
    auto const renewed = state.claim("second");
    BOOST_TEST(renewed.transitions == 5);
    BOOST_TEST(renewed.acquire_time == "first");
    BOOST_TEST(renewed.renew_time == "second");
}

BOOST_FIXTURE_TEST_CASE(a_lease_of_another_is_taken_after_its_whole_duration_without_a_renewal, candidate)
{
    state.seen(held_by("other", "t0"), at(0s), 0);
    BOOST_TEST(state.holder() == "other");
    BOOST_TEST(!state.leads(at(0s)));
    BOOST_TEST((state.due() == at(2s)));
    // The other candidate renews the lease. Its renew time comes from its own clock, and is not compared with
    // our clock.
    state.seen(held_by("other", "t1"), at(8s), 0);
    state.seen(held_by("other", "t1"), at(22s), 0);
    BOOST_TEST(state.next(at(22'999ms)) == step::read);
    BOOST_TEST(state.next(at(23s)) == step::claim);
    state.seen(held_by("other", "t1"), at(23s), 0);
    BOOST_TEST((state.due() == at(23s)));
}

BOOST_FIXTURE_TEST_CASE(the_duration_in_the_lease_counts_not_our_own, candidate)
{
    auto record = held_by("other");
    record.duration = 60s;
    state.seen(record, at(0s), 0);
    BOOST_TEST(state.next(at(59s)) == step::read);
    BOOST_TEST(state.next(at(60s)) == step::claim);
    record.duration = 0s;
    record.renew_time = "again";
    state.seen(record, at(100s), 0);
    BOOST_TEST(state.next(at(114s)) == step::read);
    BOOST_TEST(state.next(at(115s)) == step::claim);
}

BOOST_FIXTURE_TEST_CASE(a_released_lease_and_one_of_our_previous_process_are_taken_at_once, candidate)
{
    state.seen(held_by(""), at(0s), 0.5);
    BOOST_TEST((state.due() == at(0s)));
    BOOST_TEST(state.next(at(0s)) == step::claim);
    state.seen(held_by("me", "long ago"), at(0s), 0.5);
    BOOST_TEST(state.next(at(0s)) == step::claim);
    BOOST_TEST(!state.leads(at(0s)));
}

BOOST_FIXTURE_TEST_CASE(another_candidate_being_faster_means_a_read_at_once_and_then_a_wait, candidate)
{
    state.seen(held_by(""), at(0s), 0);
    state.refused(at(0s));
    BOOST_TEST((state.due() == at(0s)));
    BOOST_TEST(state.next(at(0s)) == step::read);
    state.seen(held_by("other"), at(0s), 0);
    BOOST_TEST(state.next(at(0s)) == step::read);
    // The refusal at 0 s discards the known lease, so the wait of 15 s begins again at 0 s.
    BOOST_TEST(state.next(at(14s)) == step::read);
    state.refused(at(14s));
    BOOST_TEST((state.due() == at(16s)));
}

BOOST_FIXTURE_TEST_CASE(failures_change_nothing_until_the_time_is_over, candidate)
{
    state.absent(at(0s));
    claim(0s);
    state.failed(at(2s), 0);
    BOOST_TEST((state.due() == at(3s)));
    BOOST_TEST(state.leads(at(9'999ms)));
    state.failed(at(10s), 0.5);
    BOOST_TEST(!state.leads(at(10s)));
    BOOST_TEST((state.due() == at(12'200ms)));
    // The leadership has ended, but the lease is still ours until it expires. So the candidate tries to renew
    // the lease.
    BOOST_TEST(state.next(at(12'200ms)) == step::claim);
    claim(12'200ms);
    BOOST_TEST(state.leads(at(12'200ms)));
}

BOOST_FIXTURE_TEST_CASE(an_answer_about_the_lease_is_applied_and_is_no_failure, candidate)
{
    using errc = tcr::kube::errc;
    using answer = tcr::result<lease>;
    auto const answered = [&](step what, answer const& with)
    { return state.answered(what, with, at(0s), at(1s), 0.0).code; };
    // The answer to a read is the lease, or an error if the lease does not exist.
    BOOST_TEST(!answered(step::read, tcr::error(errc::not_found)));
    BOOST_TEST(state.next(at(1s)) == step::create);
    BOOST_TEST(!answered(step::read, held_by("other")));
    BOOST_TEST(state.holder() == "other");
    // After a successful write, the time of the leadership counts from the sending of the request (0 s), not
    // from the answer (1 s).
    BOOST_TEST(!answered(step::claim, held_by("me")));
    BOOST_TEST((state.leads_until() == at(10s)));
    // Another candidate wrote or deleted the lease first. The next step is a read.
    for (auto const code : {errc::conflict, errc::already_exists, errc::not_found})
    {
        BOOST_TEST(!answered(step::claim, tcr::error(code)));
        BOOST_TEST(state.next(at(1s)) == step::read);
    }
    BOOST_TEST(!answered(step::create, tcr::error(errc::already_exists)));
}

BOOST_FIXTURE_TEST_CASE(any_other_answer_is_a_failure_that_ends_no_leadership, candidate)
{
    using errc = tcr::kube::errc;
    claim(0s);
    auto const fails = [&](step what, errc code)
    {
        tcr::error const why(code);
        auto const reported = state.answered(what, why, at(1s), at(2s), 0.0).code;
        return reported == why.code && state.due() == at(3s) && state.leads(at(9s));
    };
    BOOST_TEST(fails(step::read, errc::forbidden));
    BOOST_TEST(fails(step::read, errc::conflict));
    BOOST_TEST(fails(step::claim, errc::unavailable));
    // A POST is answered with 404 if the namespace is missing.
    BOOST_TEST(fails(step::create, errc::not_found));
}

BOOST_AUTO_TEST_CASE(two_requests_fit_between_a_failed_renewal_and_the_end_of_the_leadership)
{
    tcr::runtime::leader_election_options options;
    BOOST_TEST((options.max_request() == 3500ms));
    auto const pauses = options.retry_period + options.retry_period / 2;
    BOOST_TEST((pauses + 2 * options.max_request() <= options.renew_deadline));
    // The time limit of a request is at least the retry period.
    options.renew_deadline = 3s;
    BOOST_TEST((options.max_request() == options.retry_period));
}

BOOST_FIXTURE_TEST_CASE(a_stolen_or_deleted_lease_ends_the_leadership_at_once, candidate)
{
    state.absent(at(0s));
    claim(0s);
    state.refused(at(2s));
    BOOST_TEST(state.leads(at(2s)));
    state.seen(held_by("other", "t9", 9), at(2s), 0);
    BOOST_TEST(!state.leads(at(2s)));

    state.seen(held_by("", "t9", 10), at(3s), 0);
    claim(3s);
    state.refused(at(5s));
    state.absent(at(5s));
    BOOST_TEST(!state.leads(at(5s)));
    BOOST_TEST(state.next(at(5s)) == step::create);
}

BOOST_FIXTURE_TEST_CASE(the_last_holder_of_a_deleted_lease_is_waited_for, candidate)
{
    state.seen(held_by("other"), at(0s), 0);
    state.absent(at(3s));
    BOOST_TEST(state.next(at(3s)) == step::read);
    BOOST_TEST((state.due() == at(5s)));
    state.absent(at(14s));
    BOOST_TEST((state.due() == at(15s)));
    BOOST_TEST(state.next(at(15s)) == step::create);
}

BOOST_FIXTURE_TEST_CASE(a_label_on_the_lease_ends_nothing, candidate)
{
    state.absent(at(0s));
    claim(0s);
    state.refused(at(2s));
    state.seen(held_by("me", "now", 8), at(2s), 0);
    BOOST_TEST(state.leads(at(2s)));
    BOOST_TEST(state.next(at(2s)) == step::claim);
    BOOST_TEST(state.claim("later").resource_version == 8u);
}

using ms = std::chrono::milliseconds;

/// Simulates three candidates and an API server. Each candidate has its own clock, and may pause at any
/// point. The network is slow and loses requests and answers. The server checks the resourceVersion of each
/// write. Times are in milliseconds and advance in steps of 5 ms.
class simulation
{
public:
    explicit simulation(unsigned seed) : random_(seed)
    {
        for (int i = 0; i < 3; ++i)
            peers_.push_back({election_state("peer" + std::to_string(i), {}), {}, 0, {}, 0, 0.95 + 0.05 * i});
    }

    void run(ms length)
    {
        for (now_ = 0; now_ < length.count(); now_ += 5)
            for (auto& each : peers_)
            {
                arrive(each);
                if (now_ >= each.asleep_until)
                    live(each);
            }
    }

    int writes = 0;
    int leaderships = 0;

private:
    struct request
    {
        step what = step::read;
        lease wanted;
        time_point sent_local{};
        std::int64_t arrives = 0;
        std::int64_t returns = 0;
        bool is_lost = false;         ///< the network loses the request
        bool is_answer_lost = false;  ///< the network loses the answer
        bool has_arrived = false;
        std::optional<lease> seen;  ///< the lease in the answer; nullopt if no lease exists
        bool is_refused = false;
    };
    struct peer
    {
        election_state state;
        std::optional<request> waiting;
        std::int64_t asleep_until;
        std::vector<std::int64_t> writes_arriving;
        int seen_version;
        double rate;  ///< speed of the candidate's clock
    };

    std::int64_t between(std::int64_t low, std::int64_t high)
    {
        return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
    }
    bool chance(double of) { return std::uniform_real_distribution<>()(random_) < of; }

    time_point local(peer const& self) const
    {
        return time_point(1h) + ms(static_cast<std::int64_t>(static_cast<double>(now_) * self.rate));
    }

    /// Delivers the candidate's writes and requests that arrive at the server now.
    void arrive(peer& self)
    {
        for (auto when : self.writes_arriving)
            if (when == now_)
            {
                ++writes;
                BOOST_TEST_REQUIRE((there_is_one_ && server_.holder == self.state.claim("").holder));
            }
        std::erase_if(self.writes_arriving, [this](auto when) { return when <= now_; });
        if (!self.waiting || self.waiting->has_arrived || now_ < self.waiting->arrives)
            return;
        auto& sent = *self.waiting;
        sent.has_arrived = true;
        if (sent.is_lost)
            return;
        bool const creates = sent.what == step::create;
        bool const claims = sent.what == step::claim;
        if ((creates && there_is_one_) ||
            (claims && (!there_is_one_ || server_.resource_version != sent.wanted.resource_version)))
            sent.is_refused = true;
        else if (creates || claims)
        {
            if (server_.holder != sent.wanted.holder)
                ++leaderships;
            server_ = sent.wanted;
            server_.resource_version = ++version_;
            there_is_one_ = true;
        }
        if (there_is_one_)
            sent.seen = server_;
    }

    /// Simulates one step of a candidate that is not paused.
    void live(peer& self)
    {
        if (chance(0.0002))
        {
            self.asleep_until = now_ + between(1, 30'000);
            return;
        }
        auto& state = self.state;
        auto const here = local(self);
        if (self.waiting && now_ >= self.waiting->returns)
        {
            auto const answer = *self.waiting;
            self.waiting.reset();
            if (answer.is_lost || answer.is_answer_lost)
                state.failed(here, 0.3);
            else if (answer.is_refused)
                state.refused(here);
            else if (!answer.seen)
                state.absent(here);
            else if (answer.what == step::read)
                state.seen(*answer.seen, here, 0.3);
            else
                state.claimed(*answer.seen, answer.sent_local);
        }
        if (!self.waiting && here >= state.due())
        {
            request next;
            next.what = state.next(here);
            next.wanted = state.claim(std::to_string(now_));
            next.sent_local = here;
            next.arrives = now_ + 5 * between(0, 300);
            next.returns = next.arrives + 5 * between(1, 300);
            next.is_lost = chance(bad_ ? 0.9 : 0.1);
            next.is_answer_lost = chance(bad_ ? 0.9 : 0.1);
            self.waiting = next;
        }
        if (chance(0.0001))
            bad_ = !bad_;
        // The candidate checks its leadership right before a write. The write may arrive up to 3.5 s later.
        if (chance(0.05) && state.leads(here))
            self.writes_arriving.push_back(now_ + 5 * between(1, 700));
    }

    std::minstd_rand random_;
    std::vector<peer> peers_;
    lease server_;
    bool there_is_one_ = false;
    std::uint64_t version_ = 0;
    std::int64_t now_ = 0;
    bool bad_ = false;
};

BOOST_AUTO_TEST_CASE(the_time_of_a_leadership_goes_on_while_the_machine_is_suspended)
{
    // The clock of another candidate advances while this machine is suspended. So a leader must not use a
    // clock that stops during the suspension.
    static_assert(std::is_same_v<election_state::time_point::clock, tcr::boot_clock>);
    static_assert(std::is_same_v<tcr::runtime::leadership::time_point::clock, tcr::boot_clock>);
    tcr::runtime::leadership held;
    auto const now = tcr::boot_clock::now();
    held.hold_until(now + 10s);
    BOOST_TEST(held.holds(now + 9s));
    BOOST_TEST(!held.holds(now + 10s));
}

BOOST_AUTO_TEST_CASE(no_two_ever_write_whatever_the_network_and_the_clocks_do)
{
    int writes = 0;
    int leaderships = 0;
    for (unsigned seed = 1; seed <= 15; ++seed)
    {
        simulation world(seed);
        world.run(std::chrono::minutes(10));
        writes += world.writes;
        leaderships += world.leaderships;
    }
    BOOST_TEST_MESSAGE(writes << " writes in " << leaderships << " leaderships");
    BOOST_TEST(writes > 10'000);
    BOOST_TEST(leaderships > 50);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace election_state_test
