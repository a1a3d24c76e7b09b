#pragma once

// Parses the configuration file of the controller, and finds the name that a mistyped one stands for.

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

/// Parses a configuration file: YAML, one mapping from the names in `keys` to single values. Returns them in
/// the file's order. Messages begin with `name`, such as "config /path".
/// \par Errors `kube::errc::bad_config`: no YAML, no mapping, an unknown or repeated key, a value that is a
/// list, a mapping or missing. The message names file, line and key, and what to write instead.
result<std::vector<file_setting>> parse_config_file(
    std::string const& name, std::string const& text, std::span<std::string const> keys
);

/// The one of `names` that is nearest to a mistyped name; empty if none is near. Case, dashes and underscores
/// are ignored.
std::string nearest_name(std::string_view mistyped, std::span<std::string const> names);

}  // namespace tcr::app
