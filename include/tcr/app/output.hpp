#pragma once

// The form in which commands print what they found.

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace tcr::app
{

enum class output_format
{
    table,  ///< for people
    json,
    yaml
};

/// "table", "json", "yaml".
std::string_view name_of(output_format format);

/// A document in `json` or `yaml`, indented, with a line break at its end.
std::string document_text(boost::json::object const& document, output_format format);

}  // namespace tcr::app
