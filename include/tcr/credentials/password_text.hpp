// SPDX-License-Identifier: Apache-2.0
#pragma once

// Removes the line break at the end of a password, and recognizes a dockerconfigjson where a password is
// expected. Pure.

#include <string_view>

namespace tcr::credentials
{

/// The password without one trailing line break (LF, CRLF or CR). Editors, `echo` and YAML block scalars add
/// the line break, and it is not part of the password.
std::string_view without_line_break(std::string_view password);

/// Whether a text is a whole dockerconfigjson (https://kubernetes.io/docs/concepts/configuration/secret/) or
/// a whole legacy .dockercfg, plain or in base64. Returns false for other JSON, because it may be a password:
/// Google's registries accept the JSON key of a service account as the password.
bool is_docker_config(std::string_view text);

}  // namespace tcr::credentials
