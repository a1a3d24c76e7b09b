// SPDX-License-Identifier: Apache-2.0
#pragma once

// Corrects the text of a password, and finds text that is not a password. Pure.

#include <string_view>

namespace tcr::credentials
{

/// The password without one trailing line break (LF, CRLF or CR). Editors, `echo` and YAML block scalars add
/// the line break, and it is not part of the password.
std::string_view without_line_break(std::string_view password);

/// Whether a text is a whole dockerconfigjson (https://kubernetes.io/docs/concepts/configuration/secret/) or
/// a whole legacy .dockercfg, plain or in base64. Other JSON may be a password, such as the key of a service
/// account at Google's registries.
bool is_docker_config(std::string_view text);

}  // namespace tcr::credentials
