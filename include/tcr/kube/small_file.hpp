#pragma once

// Reads configuration files. Errors have the code `kube::errc::bad_config`.

#include <tcr/util/error.hpp>

#include <filesystem>
#include <string>

namespace tcr::kube
{

/// Returns the content of a regular file of at most 1 MiB. Blocks, so use it for configuration only.
/// \par Errors `errc::bad_config`; the text starts with `called` and contains what to do.
result<std::string> read_small_file(std::filesystem::path const& path, std::string const& called);

}  // namespace tcr::kube
