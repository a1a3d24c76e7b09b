// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/secret_access_state.hpp>

#include <algorithm>
#include <utility>

namespace tcr::controller
{
namespace
{

/// Added to the interval for each name, because each name may cost a request (see `read_secret_access`).
constexpr std::chrono::milliseconds interval_per_name{50};

/// Time between two reviews while access is granted by name, for all needed names. These reviews detect
/// changed grants.
constexpr std::chrono::milliseconds settled_interval{60'000};

}  // namespace

void secret_access_state::need(std::string_view secret)
{
    if (is_known_ && granted_.allows(secret))
        return;
    has_new_need_ = true;
    due_ = time_point::min();
}

void secret_access_state::refused()
{
    // The review that confirms or refutes the suspected loss is already scheduled or in progress.
    if (is_loss_suspected_)
        return;
    auto const earliest = asked_at_ == time_point::min() ? asked_at_ : asked_at_ + interval_ / 3;
    due_ = std::min(due_, earliest);
}

void secret_access_state::begin(time_point now)
{
    asked_at_ = now;
    due_ = time_point::max();
    is_asking_ = true;
    has_new_need_ = false;
}

void secret_access_state::failed()
{
    is_asking_ = false;
    has_new_need_ = true;
    is_loss_suspected_ = false;
    due_ = time_point::min();
}

/// Whether an answer takes access away. The first answer does so if it grants nothing.
bool secret_access_state::is_loss(secret_access const& found) const
{
    if (!found.is_by_name())
        return false;
    if (!is_known_)
        return found.names().empty();
    return !granted_.is_by_name() || !std::ranges::includes(found.names(), granted_.names());
}

bool secret_access_state::answered(secret_access found, secret_names const& wanted, time_point now)
{
    is_asking_ = false;
    if (is_loss(found) && !std::exchange(is_loss_suspected_, true))
    {
        due_ = std::min(due_, now + interval_);
        return false;
    }
    is_loss_suspected_ = false;
    bool const is_changed = !is_known_ || found != granted_;
    is_known_ = true;
    granted_ = std::move(found);
    if (!granted_.is_by_name())
    {
        has_new_need_ = false;
        due_ = time_point::max();
        return is_changed;
    }
    bool const is_complete =
        !granted_.names().empty() &&
        std::ranges::all_of(wanted, [this](auto const& name) { return granted_.allows(name); });
    auto const interval =
        is_complete ? settled_interval : interval_ + interval_per_name * static_cast<int>(wanted.size());
    due_ = std::min(due_, now + interval);
    return is_changed;
}

}  // namespace tcr::controller
