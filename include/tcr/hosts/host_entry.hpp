#pragma once

// One entry of a hosts file.

#include <string>

namespace tcr::hosts
{

/// A domain and the address that it should resolve to.
struct host_entry
{
    std::string domain;   ///< in lower case
    std::string address;  ///< IPv4 or IPv6, in canonical form

    bool operator==(host_entry const&) const = default;
};

}  // namespace tcr::hosts
