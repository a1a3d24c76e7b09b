// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides when to ask the API server which pull Secrets the controller may access, and when an answer takes
// effect. Without I/O.

#include <tcr/controller/secret_access.hpp>

#include <chrono>
#include <string_view>

namespace tcr::controller
{

/// Decides when a review is due, and when its answer takes effect. A review asks the API server which pull
/// Secrets the controller may access. Pure: the caller passes the time.
///
/// A review is due:
/// - at the start, after a refused request, and after a failed review
/// - when an ImagePullSecret needs a Secret that is not granted
/// - after the interval of the constructor, if no Secret is granted or an ImagePullSecret still lacks access
/// - after a minute, if the access is limited to certain names and these include all needed ones
///
/// An answer that takes access away (or a first answer that grants no Secret) has no effect at first. The
/// next review follows within the interval. If its answer takes access away, too, this second answer takes
/// effect. The reason: an API server that has just started may refuse everything, because it has not read its
/// roles yet.
class secret_access_state
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// `interval` is the time between two reviews while an ImagePullSecret lacks access. It is lengthened by
    /// 50 ms for each name that the ImagePullSecrets need.
    explicit secret_access_state(std::chrono::milliseconds interval) : interval_(interval) {}

    /// An ImagePullSecret needs this pull Secret. Unless an answer has granted the Secret, a review is due
    /// now.
    void need(std::string_view secret);

    /// The API server refused a request about a pull Secret. A review becomes due, but not before a third of
    /// the interval has passed since the last review began, because one revoked right causes many refusals.
    /// Has no effect while a second review is awaited, which confirms or refutes that access was taken away.
    void refused();

    /// Time of the next review. A time in the past means now.
    time_point due() const { return due_; }

    void begin(time_point now);
    void failed();

    /// A review returned `found`. `wanted` contains the names that the ImagePullSecrets need. \return whether
    /// `granted` or `is_known` changed.
    bool answered(secret_access found, secret_names const& wanted, time_point now);

    /// The access in use: the last answer that took effect. Before the first one: all Secrets.
    secret_access const& granted() const { return granted_; }

    /// Whether an answer has taken effect.
    bool is_known() const { return is_known_; }

    /// Whether no call of `need` waits for a review. False in each of these cases:
    /// - No answer has taken effect yet.
    /// - A review is in progress, or the last review failed.
    /// - Since the last review began, `need` was called for a Secret that was not granted. An answer that
    ///   grants all Secrets ends this case.
    bool is_settled() const { return is_known_ && !is_asking_ && !has_new_need_; }

private:
    bool is_loss(secret_access const& found) const;

    std::chrono::milliseconds interval_;
    secret_access granted_;
    bool is_known_ = false;
    bool is_asking_ = false;
    bool has_new_need_ = false;
    bool is_loss_suspected_ = false;
    time_point asked_at_ = time_point::min();
    time_point due_ = time_point::min();
};

}  // namespace tcr::controller
