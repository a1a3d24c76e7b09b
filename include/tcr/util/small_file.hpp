// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads configuration files.

#include <tcr/util/error.hpp>

#include <filesystem>
#include <string>

namespace tcr
{

/// Reads a regular file of at most 1 MiB. Blocks the thread, so use it only for configuration files.
/// \par Errors no_such_file_or_directory; invalid_argument if the file is too large or not a regular file;
/// another system error if reading fails. The text begins with `name`, such as "config /path", and ends with
/// advice for the operator.
result<std::string> read_small_file(std::filesystem::path const& path, std::string const& name);

}  // namespace tcr
