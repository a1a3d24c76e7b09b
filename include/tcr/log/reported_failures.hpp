#pragma once

// Failures that repeat, logged once.

#include <map>
#include <string>
#include <utility>

namespace tcr
{

/// Remembers which failures are in the log, so that one that repeats is one line until it changes.
class reported_failures
{
public:
    /// Whether the failure of `subject` has another cause than the last one noted, which this one replaces.
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
