#pragma once

// Text for Boost.JSON.

#include <boost/json/string_view.hpp>

#include <string_view>

namespace tcr
{

/// Converts to the string view of Boost.JSON. Boost 1.81 has no implicit conversion from `std::string_view`.
inline boost::json::string_view json_text(std::string_view text)
{
    return {text.data(), text.size()};
}

}  // namespace tcr
