// SPDX-License-Identifier: Apache-2.0
#pragma once

// Counts the restores of a server's data from a backup. After one watcher has detected a restore, every other
// watcher of the server must list its objects again.

#include <cstdint>

namespace tcr::kube
{

/// Counts the histories of a server's data: each restore from a backup begins another history. Resource
/// versions order events within one history only.
///
/// A restore sets versions back. A watcher detects this only while the server's version is lower than the
/// last version that the watcher saw. A watcher that resumes after the server has passed that version cannot
/// detect the restore and relies on this count.
class server_history
{
public:
    /// The current history. A list belongs to the history that is current when the list begins.
    std::uint64_t current() const { return current_; }

    /// Reports that a watcher received a lower version than before. `known` is the history of the watcher's
    /// last complete list. Has no effect if another watcher has already reported this restore.
    void note_restore(std::uint64_t known)
    {
        if (known == current_)
            ++current_;
    }

private:
    std::uint64_t current_ = 0;
};

}  // namespace tcr::kube
