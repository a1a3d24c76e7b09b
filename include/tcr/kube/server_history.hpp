#pragma once

// Lets all watches of a server list again when one of them detects that its data was restored from a backup.

#include <cstdint>

namespace tcr::kube
{

/// Counts the histories of a server's data. Resource versions order events within one history only. A watch
/// detects a restore that sets versions back only while the server's version is lower than the last one that
/// the watch saw. A watch that resumes later relies on this count.
class server_history
{
public:
    /// A list belongs to the history that is current when it begins.
    std::uint64_t current() const { return current_; }

    /// Reports that a watch saw older versions than before; `known` is the history of its last complete list.
    /// Has no effect if another watch has reported the same restore.
    void note_restore(std::uint64_t known)
    {
        if (known == current_)
            ++current_;
    }

private:
    std::uint64_t current_ = 0;
};

}  // namespace tcr::kube
