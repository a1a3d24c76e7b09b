#pragma once

// The rule for spec.docker.server.

#include <string>
#include <string_view>

namespace tcr::controller
{

/// What is wrong with spec.docker.server; empty if nothing is. Suggests a correct server if the intended one
/// is clear. The server must be the part of the images' names before the first "/". Otherwise kubelet does
/// not use the credential: https://kubernetes.io/docs/concepts/containers/images/#config-json
///
/// Repeats at most the intended host from the text, because a URL may contain a password.
std::string server_problem(std::string_view server);

}  // namespace tcr::controller
