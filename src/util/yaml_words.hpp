#pragma once

// Types of unquoted words in YAML.

#include <tcr/util/yaml.hpp>

#include <string_view>

namespace tcr
{

/// The type that kubectl gives a YAML scalar: go-yaml v2's resolve.go, through sigs.k8s.io/yaml. `tag` is
/// yaml-cpp's: "?" for a plain word, "!" for one in quotes.
yaml_value::kind kind_of_scalar(std::string_view tag, std::string_view text);

}  // namespace tcr
