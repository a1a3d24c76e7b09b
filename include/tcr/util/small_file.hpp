#pragma once

// Reads configuration files.

#include <tcr/util/error.hpp>

#include <filesystem>
#include <string>

namespace tcr
{

/// Reads a regular file of at most 1 MiB. Blocks: use it for configuration, not for data.
/// \par Errors no_such_file_or_directory, invalid_argument or the system's. The text begins with `name`,
/// which names the file for the operator, and ends with what to do.
result<std::string> read_small_file(std::filesystem::path const& path, std::string const& name);

}  // namespace tcr
