#pragma once

// Decides which reports about one object are newer than its known state.

#include <cstdint>

namespace tcr::runtime
{

/// Orders the reports of a list, a watch and the answers to our own writes about one object.
///
/// A list is true at its version, whatever was known before it began: a restored etcd begins another history,
/// whose versions cannot be compared with the earlier ones. Only an answer that arrived since the list began,
/// and is newer than the list, stays. Between two lists the newer version wins.
class object_freshness
{
public:
    void begin_list()
    {
        is_listing_ = true;
        is_reported_ = false;
        is_listed_ = false;
    }

    /// The current list contains the object. \return whether to use it.
    bool take_listed(std::uint64_t resource_version)
    {
        is_listed_ = true;
        if (is_reported_ && resource_version < newest_)
            return false;
        newest_ = resource_version;
        return true;
    }

    /// The current list is complete. \return whether the object does not exist.
    bool end_list(std::uint64_t resource_version)
    {
        is_listing_ = false;
        if (is_listed_ || (is_reported_ && resource_version < newest_))
            return false;
        newest_ = resource_version;
        return true;
    }

    /// An event of the watch, or the answer to our own write. \return whether to use it.
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
    bool is_reported_ = false;  ///< by a watch or an answer, since the list began
};

}  // namespace tcr::runtime
