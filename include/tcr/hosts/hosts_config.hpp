#pragma once

#include <tcr/hosts/host_entry.hpp>
#include <tcr/util/error.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace tcr::hosts
{

/// The largest configuration that is read, in bytes: some 4,000 entries. More is no hosts file's business,
/// and a node agent's memory must not follow what somebody writes into a ConfigMap.
inline constexpr std::size_t largest_config = 256 * 1024;

/// What a configuration asks for.
struct hosts_config
{
    std::vector<host_entry> entries;   ///< to be applied, in the configuration's order
    std::size_t disabled = 0;          ///< good entries with `disabled: true`
    std::size_t refused = 0;           ///< entries that cannot be used
    std::vector<std::string> remarks;  ///< a sentence for what is wrong, with line and key; the first 20
};

/// Reads `hosts: [{domain, ip, disabled}]`, YAML, the shape of the original's `global.hosts[]` (tcr.md 1.6).
/// Only `hosts: []` asks for no names: an empty document may be one that was cut off. A bad entry is refused
/// and the others count; a second entry with the same domain and the same kind of address is a bad one. Takes
/// any bytes. `name` stands at the beginning of sentences: "config /path".
/// \par Errors `kube::errc::bad_config`: what is no such document as a whole, is larger than
/// `largest_config`, or holds entries of which not one can be used. Then nothing is known of what is wanted,
/// and what is in place should stay.
result<hosts_config> parse_hosts_config(std::string const& name, std::string const& text);

}  // namespace tcr::hosts
