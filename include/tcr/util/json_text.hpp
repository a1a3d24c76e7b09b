#pragma once

#include <boost/json/string_view.hpp>

#include <string_view>

namespace tcr
{

/// The same characters as Boost.JSON's own kind of view, which does not come of std's by itself in Boost
/// 1.81.
inline boost::json::string_view json_text(std::string_view text)
{
    return {text.data(), text.size()};
}

}  // namespace tcr
