#pragma once

// Checks spec.docker.server.

#include <string>
#include <string_view>

namespace tcr::controller
{

/// What is wrong with spec.docker.server; empty if it is valid. Suggests a correct server if the intended one
/// is clear. The server must be the part of the images' names before the first "/". Otherwise kubelet does
/// not use the credential: https://kubernetes.io/docs/concepts/containers/images/#config-json
///
/// The returned text repeats at most the host of `server`, because a URL may contain a password.
std::string server_problem(std::string_view server);

}  // namespace tcr::controller
