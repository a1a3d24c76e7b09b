// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads the files of `lint` and `plan`.

#include <tcr/util/error.hpp>

#include <istream>
#include <string>

namespace tcr::app
{

/// Name of a manifest file in messages; "stdin" for "-".
std::string manifest_file_name(std::string const& file);

/// Reads a manifest file, or `in` if `file` is "-". \par Errors `kube::errc::bad_config`: the file is a
/// folder, cannot be read or is larger than 4 MiB. The message does not contain the file's name.
result<std::string> read_manifest_file(std::string const& file, std::istream& in);

}  // namespace tcr::app
