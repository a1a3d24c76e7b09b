// SPDX-License-Identifier: Apache-2.0
#pragma once

// Checks spec.docker.server.

#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// What is wrong with spec.docker.server; empty if it is valid. Suggests a correct server if the intended one
/// is clear.
///
/// A server is a host, with a port and a path if needed, in the form in which kubelet compares it with images
/// (`kube::matches_registry_key`). It must match at least one image:
/// https://kubernetes.io/docs/concepts/containers/images/#config-json
///
/// The returned text repeats at most host, port and path of `server`, because a URL may contain a password.
std::string server_problem(std::string_view server);

/// Warnings about a valid server that probably is not the intended one; empty if there are no warnings.
std::vector<std::string> server_warnings(std::string_view server);

}  // namespace tcr::controller
