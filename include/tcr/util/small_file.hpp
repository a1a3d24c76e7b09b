#pragma once

#include <tcr/util/error.hpp>

#include <filesystem>
#include <string>

namespace tcr
{

/// The content of a regular file of at most 1 MiB. Blocks: for configuration, not for data.
/// \par Errors no_such_file_or_directory, invalid_argument or the system's; a sentence that starts with
/// `called` and says what to do.
result<std::string> read_small_file(std::filesystem::path const& path, std::string const& called);

}  // namespace tcr
