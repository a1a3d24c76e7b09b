// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/errc.hpp>
#include <tcr/runtime/election_state.hpp>

#include <algorithm>

namespace tcr::runtime
{
namespace
{

/// Lengthens the period by up to 20 %, so that candidates do not all claim the lease at the same moment.
/// client-go lengthens it for the same reason, by up to 120 % (wait.JitterUntil with JitterFactor = 1.2).
std::chrono::milliseconds spread(std::chrono::milliseconds period, double random)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(period * (1 + 0.2 * random));
}

}  // namespace

bool election_state::is_free(time_point now) const
{
    if (record_->holder.empty() || record_->holder == identity_)
        return true;
    return now >= changed_at_ + duration_of(*record_);
}

/// The duration in the lease, or the duration from our options if the lease has none.
std::chrono::seconds election_state::duration_of(lease const& record) const
{
    return record.duration.count() > 0 ? record.duration : whole_duration();
}

std::chrono::seconds election_state::whole_duration() const
{
    return std::chrono::ceil<std::chrono::seconds>(options_.lease_duration);
}

election_state::step election_state::next(time_point now) const
{
    if (is_absent_)
        return now >= barred_until_ ? step::create : step::read;
    return record_ && is_free(now) ? step::claim : step::read;
}

error election_state::answered(
    step what, result<lease> const& answer, time_point sent_at, time_point now, double random
)
{
    bool const is_read = what == step::read;
    auto const code = answer ? boost::system::error_code() : answer.error().code;
    bool const is_absent = code == kube::errc::not_found;
    bool const is_outdated = code == kube::errc::conflict || code == kube::errc::already_exists ||
                             (is_absent && what == step::claim);
    if (answer && is_read)
        seen(*answer, now, random);
    else if (answer)
        claimed(*answer, sent_at);
    else if (is_read && is_absent)
        absent(now);
    else if (!is_read && is_outdated)
        refused(now);
    else
    {
        failed(now, random);
        return answer.error();
    }
    return error();
}

void election_state::seen(lease const& record, time_point now, double random)
{
    bool const is_renewed = !record_ || record_->holder != record.holder ||
                            record_->renew_time != record.renew_time ||
                            record_->transitions != record.transitions;
    if (is_renewed)
        changed_at_ = now;
    is_absent_ = false;
    record_ = record;
    if (record.holder != identity_)
        leads_until_ = {};
    due_ = is_free(now) ? now : now + spread(options_.retry_period, random);
}

void election_state::absent(time_point now)
{
    // Perhaps the holder does not know yet that the lease is deleted. It can write until its leadership ends.
    if (record_ && !is_free(now))
        barred_until_ = changed_at_ + duration_of(*record_);
    record_.reset();
    is_absent_ = true;
    leads_until_ = {};
    due_ = now >= barred_until_ ? now : std::min(barred_until_, now + options_.retry_period);
}

void election_state::claimed(lease const& record, time_point sent_at)
{
    is_absent_ = false;
    was_refused_ = false;
    record_ = record;
    changed_at_ = sent_at;
    leads_until_ = sent_at + options_.renew_deadline;
    due_ = sent_at + options_.retry_period;
}

void election_state::refused(time_point now)
{
    // Forgets the renewals seen so far, too: the next read starts the wait for the expiry again.
    record_.reset();
    is_absent_ = false;
    due_ = was_refused_ ? now + options_.retry_period : now;
    was_refused_ = true;
}

void election_state::failed(time_point now, double random)
{
    // The server may have executed a claim whose answer was lost. The server then refuses our next claim, and
    // the read after that shows us as the holder.
    due_ = now + (leads(now) ? options_.retry_period / 2 : spread(options_.retry_period, random));
}

lease election_state::claim(std::string const& time) const
{
    lease ours;
    if (record_)
        ours = *record_;
    if (ours.holder != identity_)
    {
        ours.acquire_time = time;
        ours.transitions += record_ ? 1 : 0;
    }
    ours.holder = identity_;
    ours.renew_time = time;
    ours.duration = whole_duration();
    return ours;
}

std::string const& election_state::holder() const
{
    static std::string const none;
    return record_ ? record_->holder : none;
}

}  // namespace tcr::runtime
