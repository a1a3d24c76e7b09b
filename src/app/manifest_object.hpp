// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads one ImagePullSecret of a manifest.

#include "manifest.hpp"
#include <tcr/util/yaml.hpp>

namespace tcr::app
{

/// Reads one ImagePullSecret from a mapping. Is as strict as the API server with strict field validation.
manifest_object read_image_pull_secret(yaml_value const& root);

}  // namespace tcr::app
