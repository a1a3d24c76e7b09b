// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parses the configuration file of the controller, and suggests a name for a mistyped name.

#include <tcr/util/error.hpp>

#include <span>
#include <string>
#include <vector>

namespace tcr::app
{

/// One key and its value in a configuration file.
struct file_setting
{
    std::string key;
    std::string value;
    std::string where;  ///< for messages: "config /path, line 7, key 'log-level'"
};

/// Parses a configuration file in YAML: one mapping from names in `keys` to scalar values. Returns the
/// settings in the order of the file; none for an empty file. Messages begin with `name`, such as "config
/// /path".
/// \par Errors `kube::errc::bad_config`: the text is not YAML or not a mapping; a key is not a text, unknown
/// or repeated; a value is a list, a mapping or missing. The message contains the file, the line and, if
/// there is one, the key. If the text is YAML, the message also contains the correction.
result<std::vector<file_setting>> parse_config_file(
    std::string const& name, std::string const& text, std::span<std::string const> keys
);

/// Returns the name in `names` that is most similar to `mistyped`; empty if no name is similar. Ignores case,
/// dashes and underscores.
std::string nearest_name(std::string_view mistyped, std::span<std::string const> names);

}  // namespace tcr::app
