#pragma once

// The namespace of the software's own objects.

#include <string>

namespace tcr::app
{

/// The namespace of our own objects: `asked` (--namespace), else the pod's, else that of the manifests.
std::string own_namespace(std::string const& asked, std::string const& of_pod);

}  // namespace tcr::app
