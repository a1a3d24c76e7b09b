// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads the configuration of the node agent: the entries that the hosts file should have.

#include <tcr/hosts/hosts_block.hpp>
#include <tcr/util/error.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace tcr::hosts
{

/// Max size of a configuration in bytes: about 4,000 entries. The limit bounds the memory of the node agent.
/// A DNS server is better for more names.
inline constexpr std::size_t max_config_bytes = 256 * 1024;

/// The content of a configuration.
struct hosts_config
{
    std::vector<host_entry> entries;    ///< valid and enabled, in the order of the text
    std::size_t disabled = 0;           ///< valid entries with `disabled: true`
    std::size_t refused = 0;            ///< invalid and repeated entries
    std::vector<std::string> problems;  ///< the first 20 problems: a sentence each, with line and key

    bool operator==(hosts_config const&) const = default;
};

/// Reads YAML of the form `hosts: [{domain, ip, disabled}]`, the form of `global.hosts[]` in the Helm values
/// of the original add-on. `text` may be any bytes. Each problem begins with `name`, such as "config /path".
///
/// Refuses an invalid entry, and an enabled entry with the same domain and address family as an earlier
/// enabled entry. Accepts all other entries. If the list is `hosts: []`, or all its valid entries are
/// disabled, the result has no entries. An empty document is an error, because it may be truncated.
/// \par Errors `kube::errc::bad_config` if the text is not such a document, is larger than
/// `max_config_bytes`, or has entries but no valid one. After an error the desired entries are unknown, so
/// the caller should leave the hosts file unchanged.
result<hosts_config> parse_hosts_config(std::string const& name, std::string const& text);

}  // namespace tcr::hosts
