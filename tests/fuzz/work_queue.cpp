// SPDX-License-Identifier: Apache-2.0

// The work queue with any sequence of calls. A key has at most one run at a time. No request is lost, and no
// key runs without a request. Each key runs within the longest delay that the queue's options allow.
#include "fuzz_target.hpp"
#include <tcr/runtime/work_queue.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace
{

using namespace tcr;
using namespace std::chrono_literals;
using runtime::work_queue;

class model
{
public:
    void step(fuzz::input_reader& input)
    {
        auto const action = input.take_byte();
        auto const choice = input.take_byte();
        auto const key = static_cast<work_queue::key>(choice & 7);
        double const random = (choice >> 3) / 32.0;
        switch (action % 8)
        {
            case 0:
            case 1:
                queue_.add(
                    key,
                    (action & 8) != 0 ? runtime::lane::fresh : runtime::lane::bulk,
                    (action & 16) != 0 ? runtime::cause::change : runtime::cause::drift,
                    now_,
                    random
                );
                want(key, now_ + longest_delay());
                break;
            case 2:
            {
                auto const until = now_ + std::chrono::milliseconds(input.take_byte() * 40);
                queue_.add_later(key, until, now_, random);
                want(key, std::max(until, now_ + longest_delay()));
                break;
            }
            case 3:
            case 4:
                take();
                break;
            case 5:
                if (!running_.empty())
                    end_one(choice, input.take_byte(), random);
                break;
            case 6:
                now_ += std::chrono::milliseconds(choice * choice);
                break;
            default:
                forget(key);
                break;
        }
        check();
    }

    /// Ends all runs successfully, and runs every key that is still requested.
    void drain()
    {
        // A successful run may be followed by one more run of the same key.
        for (int round = 0; round < 1000 && !(running_.empty() && wanted_.empty()); ++round)
        {
            while (!running_.empty())
                finish(*running_.begin(), runtime::work_outcome::end::settled, 0ms, 0.5);
            if (!take() && !wanted_.empty())
            {
                auto const next = queue_.next_due();
                fuzz::require(next != work_queue::time_point::max(), "work that waits has a time");
                now_ = std::max(now_, next);
            }
            check();
        }
        fuzz::require(running_.empty() && wanted_.empty(), "all work comes to run");
        fuzz::require(queue_.ready() == 0 && queue_.delayed() == 0, "no work is left without a request");
        now_ += 24h;
        fuzz::require(!take_any(), "nothing runs that was not asked for");
    }

private:
    std::chrono::milliseconds longest_delay() const
    {
        return std::max(options_.retry.longest, options_.contention.longest);
    }

    void want(work_queue::key key, work_queue::time_point latest)
    {
        if (running_.contains(key))
            again_.insert(key);
        else if (auto const [known, is_new] = wanted_.emplace(key, latest); !is_new)
            known->second = std::max(known->second, latest);
    }

    std::optional<work_queue::key> take_any()
    {
        auto const healthy = queue_.take(runtime::share::healthy, now_);
        return healthy ? healthy : queue_.take(runtime::share::slow, now_);
    }

    bool take()
    {
        auto const key = take_any();
        if (!key)
        {
            fuzz::require(queue_.ready() == 0, "a key that is ready can be taken");
            fuzz::require(queue_.next_due() > now_, "a key that is due can be taken");
            for (auto const& [each, latest] : wanted_)
                fuzz::require(now_ < latest, "a key runs within its longest delay");
            return false;
        }
        fuzz::require(!running_.contains(*key), "a key runs at most once at a time");
        fuzz::require(wanted_.erase(*key) == 1, "only what was asked for runs");
        running_.insert(*key);
        return true;
    }

    void end_one(unsigned choice, unsigned how, double random)
    {
        auto which = running_.begin();
        std::advance(which, choice % running_.size());
        constexpr runtime::work_outcome::end ends[] = {
            runtime::work_outcome::end::settled,
            runtime::work_outcome::end::wrote,
            runtime::work_outcome::end::unfinished,
            runtime::work_outcome::end::failed,
            runtime::work_outcome::end::conflicted,
            runtime::work_outcome::end::interrupted};
        finish(*which, ends[how % 6], std::chrono::milliseconds(how / 6 * 100), random);
    }

    void finish(
        work_queue::key key, runtime::work_outcome::end how, std::chrono::milliseconds wait, double random
    )
    {
        runtime::work_outcome outcome;
        outcome.how = how;
        outcome.retry_after = wait;
        auto const adds_before = queue_.adds();
        queue_.done(key, outcome, random < 0.25 ? runtime::pace::slow : runtime::pace::quick, now_, random);
        running_.erase(key);
        if (forgotten_.erase(key) > 0)
            how = runtime::work_outcome::end::settled;
        bool const is_unfinished = how == runtime::work_outcome::end::unfinished;
        bool const has_failed = !is_unfinished && how != runtime::work_outcome::end::settled &&
                                how != runtime::work_outcome::end::wrote;
        bool const was_asked_again = again_.erase(key) > 0;
        if (was_asked_again || has_failed || is_unfinished)
            wanted_[key] = now_ + std::max(longest_delay(), wait);
        fuzz::require(queue_.adds() <= adds_before + 1, "the end of a run makes at most one key ready");
        // An unfinished run does not reset the failures, because the rest of its work may still fail.
        if (!has_failed && !is_unfinished)
            fuzz::require(queue_.failures(key) == 0, "a good run ends the failures");
    }

    void forget(work_queue::key key)
    {
        auto const delayed = queue_.delayed();
        queue_.forget(key);
        fuzz::require(queue_.failures(key) == 0, "a key that is forgotten has no failures");
        if (queue_.delayed() < delayed)
            wanted_.erase(key);
        if (running_.contains(key))
            forgotten_.insert(key);
    }

    void check() const
    {
        fuzz::require(queue_.ready() + queue_.delayed() == wanted_.size(), "each key that waits counts once");
        fuzz::require(
            queue_.delayed() == 0 || queue_.next_due() < work_queue::time_point::max(), "a delay ends"
        );
    }

    work_queue::options options_;
    work_queue queue_{options_};
    work_queue::time_point now_{1h};
    std::map<work_queue::key, work_queue::time_point>
        wanted_;  ///< keys that wait, with the latest time to run
    std::set<work_queue::key> running_;
    std::set<work_queue::key> again_;      ///< of the running keys: requested again
    std::set<work_queue::key> forgotten_;  ///< of the running keys: their outcome does not count
};

}  // namespace

TCR_FUZZ_TARGET(work_queue)
{
    model all;
    for (fuzz::input_reader input(bytes.substr(0, 4096)); !input.empty();)
        all.step(input);
    all.drain();
}
