#pragma once

// Tells all watches of a server when one of them finds that its data was restored from a backup.

#include <cstdint>

namespace tcr::kube
{

/// Counts the histories of a server's data that were seen. Versions order events within one history only. After a
/// restore that sets versions back, a watch notices it only if it asks before the versions have grown past the last
/// one it saw; the others have to learn of it from the first that noticed.
class server_history
{
public:
    /// The number to remember when a list begins.
    std::uint64_t current() const { return current_; }

    /// A watch whose last list began in `known` found versions older than it saw. Each further watch that finds the
    /// same restore has no effect.
    void was_restored(std::uint64_t known)
    {
        if (known == current_)
            ++current_;
    }

private:
    std::uint64_t current_ = 0;
};

}  // namespace tcr::kube
