#pragma once

// The rule for spec.docker.server.

#include <string>
#include <string_view>

namespace tcr::controller
{

/// What is wrong with spec.docker.server and, if that is clear, what to write; empty if nothing is wrong. The
/// server must be the part of the images' names before the first "/". Otherwise kubelet does not use the
/// credential: https://kubernetes.io/docs/concepts/containers/images/#config-json
///
/// Contains no more of the text than the host that was meant, because a URL may contain a password.
std::string server_problem(std::string_view server);

}  // namespace tcr::controller
