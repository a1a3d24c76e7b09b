// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides when to ask which pull Secrets may be accessed, and what to make of the answers. Without I/O.

#include <tcr/controller/secret_access.hpp>

#include <chrono>
#include <string_view>

namespace tcr::controller
{

/// A review is due at the start, after a refused request, when an ImagePullSecret needs a Secret that is not
/// granted, and then at intervals until it is granted. While the access is by name, one is due every minute.
/// Pure: the caller passes the time.
///
/// An answer that takes access away counts only if the next answer confirms it, an interval later. An API
/// server that has just started may refuse everything, because it has not read its roles yet.
class secret_access_state
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// `interval` is the time between two reviews of the same access.
    explicit secret_access_state(std::chrono::milliseconds interval) : interval_(interval) {}

    /// An ImagePullSecret needs this pull Secret.
    void need(std::string_view secret);

    /// The API server refused a request about a pull Secret. One revoked right causes many refusals, so the
    /// next question may have to wait for a third of the interval.
    void refused();

    /// When to ask next; in the past: now.
    time_point due() const { return due_; }

    void begin(time_point now);
    void failed();

    /// The answer. `wanted`: the names that the ImagePullSecrets need. \return whether `granted` changed.
    bool answered(secret_access found, secret_names const& wanted, time_point now);

    /// The access as it was answered last; all Secrets before the first answer.
    secret_access const& granted() const { return granted_; }

    /// Whether there was an answer.
    bool is_known() const { return is_known_; }

    /// Whether an answer covers all needs so far.
    bool is_settled() const { return is_known_ && !has_new_need_; }

private:
    bool is_loss(secret_access const& found) const;

    std::chrono::milliseconds interval_;
    secret_access granted_;
    bool is_known_ = false;
    bool has_new_need_ = false;
    bool is_loss_suspected_ = false;
    time_point asked_at_ = time_point::min();
    time_point due_ = time_point::min();
};

}  // namespace tcr::controller
