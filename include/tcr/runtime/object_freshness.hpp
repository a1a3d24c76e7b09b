// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides whether a report about one object is newer than the known state of the object.

#include <cstdint>

namespace tcr::runtime
{

/// Orders the reports about one object: from lists, from a watch and from the answers to our own writes.
///
/// A list wins over every report from before the list, without a comparison of versions: a restored etcd
/// begins another history, whose versions cannot be compared with the earlier ones. A watch event or an
/// answer that arrived during the list stays if it is newer than the list. Between two lists the newer
/// version wins.
class object_freshness
{
public:
    void begin_list()
    {
        is_listing_ = true;
        is_reported_ = false;
        is_listed_ = false;
    }

    /// The current list contains the object. \return whether to use the listed state.
    bool take_listed(std::uint64_t resource_version)
    {
        is_listed_ = true;
        if (is_reported_ && resource_version < newest_)
            return false;
        newest_ = resource_version;
        return true;
    }

    /// The current list is complete. \return whether the object no longer exists.
    bool end_list(std::uint64_t resource_version)
    {
        is_listing_ = false;
        if (is_listed_ || (is_reported_ && resource_version < newest_))
            return false;
        newest_ = resource_version;
        return true;
    }

    /// Handles an event of the watch or the answer to our own write. \return whether to use its state.
    bool take(std::uint64_t resource_version)
    {
        bool const is_first_of_history = is_listing_ && !is_listed_ && !is_reported_;
        if (!is_first_of_history && resource_version < newest_)
            return false;
        is_reported_ = true;
        newest_ = resource_version;
        return true;
    }

private:
    std::uint64_t newest_ = 0;
    bool is_listing_ = false;
    bool is_listed_ = false;
    bool is_reported_ = false;  ///< a watch or an answer reported the object since the list began
};

}  // namespace tcr::runtime
