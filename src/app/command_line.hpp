#pragma once

#include <boost/program_options.hpp>

#include <string>
#include <vector>

namespace tcr::app
{

/// The flags among the words. A flag's name is written whole, and a word that stands alone is an error too.
/// Throws `boost::program_options::error`.
boost::program_options::variables_map read_words(
    std::vector<std::string> const& words, boost::program_options::options_description const& described
);

/// What --help prints: the usage, where there is more to say of it, then the flags.
std::string help_text(
    boost::program_options::options_description const& described, std::string const& usage = {}
);

}  // namespace tcr::app
