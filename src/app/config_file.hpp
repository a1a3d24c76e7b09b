#pragma once

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
    std::string where;  ///< for sentences: "config /path, line 7, key 'log-level'"
};

/// Reads a configuration file: YAML, one mapping from the names in `keys` to single values, in the file's
/// order. `name` stands at the beginning of sentences: "config /path".
/// \par Errors `kube::errc::bad_config`: no YAML, no mapping, an unknown or repeated key, a value that is a
/// list, a mapping or nothing. The text names file, line and key, and says what to write.
result<std::vector<file_setting>> parse_config_file(
    std::string const& name, std::string const& text, std::span<std::string const> keys
);

/// The one of `names` that a mistyped name was most likely to be; empty where none is near. Capitals, dashes
/// and underscores do not count.
std::string nearest_name(std::string_view mistyped, std::span<std::string const> names);

}  // namespace tcr::app
