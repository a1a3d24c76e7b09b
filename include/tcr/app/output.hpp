// SPDX-License-Identifier: Apache-2.0
#pragma once

// The output formats of the commands.

#include <boost/json/object.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tcr::app
{

enum class output_format
{
    table,  ///< for people
    json,
    yaml
};

/// The value of --output for `format`: "table", "json" or "yaml".
std::string_view name_of(output_format format);

/// Makes the JSON object of a finding: the level, such as "ok" or "problem", then the members whose text is
/// not empty, in the given order.
boost::json::object finding_object(
    std::string_view level, std::initializer_list<std::pair<std::string_view, std::string_view>> members
);

/// The text of a document as `json` or `yaml`: indented, with a line break at the end.
std::string document_text(boost::json::object const& document, output_format format);

}  // namespace tcr::app
