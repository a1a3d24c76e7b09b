#pragma once

// Logs a repeated failure only once.

#include <map>
#include <string>
#include <utility>

namespace tcr
{

/// Remembers which failures are in the log, so that a repeated one is not logged again until it changes.
class reported_failures
{
public:
    /// Records the cause. \return whether it differs from the last one recorded for `subject`.
    bool is_new(std::string const& subject, std::string const& cause)
    {
        return std::exchange(causes_[subject], cause) != cause;
    }

    /// The subject works again: its next failure is new.
    void resolved(std::string const& subject) { causes_.erase(subject); }

private:
    std::map<std::string, std::string> causes_;
};

}  // namespace tcr
