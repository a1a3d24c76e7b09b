#pragma once

// The form in which commands print what they found.

#include <boost/json/object.hpp>

#include <string>

namespace tcr::app
{

enum class output_format
{
    table,  ///< for people
    json,
    yaml
};

/// A document in `json` or `yaml`, indented, with a line break at its end.
std::string document_text(boost::json::object const& document, output_format format);

}  // namespace tcr::app
