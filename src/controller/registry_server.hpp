#pragma once

#include <string>
#include <string_view>

namespace tcr::controller
{

/// What is wrong with spec.docker.server and, where it can be told, what to write; empty where nothing is.
/// The server must be what stands before the first "/" in the images' names, else kubelet does not use the
/// credential: https://kubernetes.io/docs/concepts/containers/images/#config-json
///
/// Shows of the text no more than the host that was meant: a URL may hold a password.
std::string server_problem(std::string_view server);

}  // namespace tcr::controller
