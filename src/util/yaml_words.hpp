// SPDX-License-Identifier: Apache-2.0
#pragma once

// Types of scalars in YAML.

#include <tcr/util/yaml.hpp>

#include <string_view>

namespace tcr
{

/// Returns the type that kubectl gives a YAML scalar, by the rules of resolve.go in go-yaml v2, which kubectl
/// uses through sigs.k8s.io/yaml. `tag` is the tag from yaml-cpp: "?" for a plain word, "!" for a quoted
/// word.
yaml_value::kind kind_of_scalar(std::string_view tag, std::string_view text);

}  // namespace tcr
