// SPDX-License-Identifier: Apache-2.0
#pragma once

// A keyed hash for tables whose keys a tenant chooses.

#include <cstdint>
#include <string_view>

namespace tcr
{

/// The secret key of a `sip_hash`.
struct sip_key
{
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

/// Returns the key of this process. The key is random, so that a tenant cannot choose names that collide in
/// our tables.
sip_key const& process_sip_key();

/// SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012). `std::hash` has a fixed
/// key, so an attacker could find names that collide. Colliding names make each look-up as slow as a search
/// in a list.
std::uint64_t sip_hash(sip_key const& key, std::string_view text);

/// SipHash-2-4. Only tests use this function: the paper has a test vector for SipHash-2-4.
std::uint64_t sip_hash_2_4(sip_key const& key, std::string_view text);

}  // namespace tcr
