#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tcr::runtime
{

/// The names of an imagePullSecrets list as one text, and back without loss: "name" lines, each ended by '\n'.
///
/// The API server lets anything stand there, so '\n' and '\\' inside a name are escaped; an entry without a name
/// is an empty line.
std::string encode_references(std::vector<std::string> const& names);
std::vector<std::string> decode_references(std::string_view text);

}  // namespace tcr::runtime
