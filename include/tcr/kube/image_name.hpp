// SPDX-License-Identifier: Apache-2.0
#pragma once

// The repository that an image name means, as kubelet parses it.

#include <string>
#include <string_view>

namespace tcr::kube
{

/// Returns the repository of an image, with its registry and without tag and digest: for "nginx:1", returns
/// "docker.io/library/nginx". Returns an empty string if kubelet refuses the name (InvalidImageName).
///
/// Kubelet looks up logins by this text (`ParseImageName` in k8s.io/kubernetes/pkg/util/parsers, which calls
/// `ParseNormalizedNamed` of github.com/distribution/reference).
std::string repository_of(std::string_view image);

/// Whether a text is the path of a repository: one or more components, separated by "/". A component consists
/// of small letters and digits. Between two of these characters, it may have ".", "_", "__" or any number of
/// "-". Does not limit the length.
bool is_repository_path(std::string_view text);

}  // namespace tcr::kube
