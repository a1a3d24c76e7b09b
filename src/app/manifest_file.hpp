#pragma once

#include <tcr/util/error.hpp>

#include <istream>
#include <string>

namespace tcr::app
{

/// What a file of manifests is called in messages; "-" is "stdin".
std::string manifest_file_name(std::string const& file);

/// Its content; of "-" that of `in`. \par Errors `kube::errc::bad_config`; a sentence without the file's
/// name.
result<std::string> read_manifest_file(std::string const& file, std::istream& in);

}  // namespace tcr::app
