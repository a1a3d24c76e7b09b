#pragma once

#include <string>

namespace tcr::hosts
{

/// A name that is to lead to an address.
struct host_entry
{
    std::string domain;   ///< in small letters
    std::string address;  ///< IPv4 or IPv6, as the system writes it

    bool operator==(host_entry const&) const = default;
};

}  // namespace tcr::hosts
