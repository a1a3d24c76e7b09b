#pragma once

#include "yaml_tree.hpp"

#include <string_view>

namespace tcr::app
{

/// What kubectl takes a word of YAML for: go-yaml v2's resolve.go, through sigs.k8s.io/yaml. `tag` is as yaml-cpp tells
/// it: "?" for a plain word, "!" for one in quotes.
yaml_value::kind kind_of_scalar(std::string_view tag, std::string_view text);

}  // namespace tcr::app
