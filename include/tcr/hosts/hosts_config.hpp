#pragma once

// Reads the configuration of the node agent: which names the hosts file should have.

#include <tcr/hosts/hosts_block.hpp>
#include <tcr/util/error.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace tcr::hosts
{

/// Max size of a configuration in bytes: some 4,000 entries. More names belong in a DNS server, and a
/// ConfigMap must not determine the memory of a node agent.
inline constexpr std::size_t max_config_bytes = 256 * 1024;

/// The content of a configuration.
struct hosts_config
{
    std::vector<host_entry> entries;   ///< to apply, in the configuration's order
    std::size_t disabled = 0;          ///< valid entries with `disabled: true`
    std::size_t refused = 0;           ///< invalid entries
    std::vector<std::string> remarks;  ///< one sentence per problem, with line and key; the first 20
};

/// Reads YAML of the form `hosts: [{domain, ip, disabled}]`, as the original's `global.hosts[]` (tcr.md 1.6).
/// An explicit `hosts: []`, or a list whose valid entries are all disabled, asks for no names; an empty
/// document may be truncated. Invalid entries, and second ones with the same domain and kind of address, are
/// refused; the others count. Accepts any bytes. `name` begins each sentence: "config /path".
/// \par Errors `kube::errc::bad_config` if the whole text is not such a document, is larger than
/// `max_config_bytes`, or has entries of which none is valid. Then the desired entries are unknown, and the
/// caller should leave the hosts file unchanged.
result<hosts_config> parse_hosts_config(std::string const& name, std::string const& text);

}  // namespace tcr::hosts
