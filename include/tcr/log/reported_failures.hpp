// SPDX-License-Identifier: Apache-2.0
#pragma once

// Detects repeated failures, so that the caller can log each of them only once.

#include <map>
#include <string>
#include <utility>

namespace tcr
{

/// Remembers the cause of the last failure of each subject, such as a watcher or a lease. So a caller can log
/// a further failure only if its cause differs, or if the subject worked meanwhile.
class reported_failures
{
public:
    /// Records the cause of a failure. \return whether the cause differs from the last recorded cause for
    /// `subject`.
    bool is_new(std::string const& subject, std::string const& cause)
    {
        return std::exchange(causes_[subject], cause) != cause;
    }

    /// Call it when `subject` works again: its next failure then counts as new.
    void resolved(std::string const& subject) { causes_.erase(subject); }

private:
    std::map<std::string, std::string> causes_;
};

}  // namespace tcr
