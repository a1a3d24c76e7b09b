// SPDX-License-Identifier: Apache-2.0
#pragma once

// The namespace of the software's own objects.

#include <tcr/controller/controller_options.hpp>

#include <string>

namespace tcr::app
{

/// The namespace of our own objects: `asked` (--namespace) if it is not empty, otherwise the pod's namespace,
/// otherwise the namespace in the manifests of deploy/.
inline std::string own_namespace(std::string const& asked, std::string const& of_pod)
{
    if (!asked.empty())
        return asked;
    return of_pod.empty() ? std::string(controller::default_own_namespace) : of_pod;
}

}  // namespace tcr::app
