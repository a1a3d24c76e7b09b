#pragma once

#include <boost/program_options.hpp>

#include <string>
#include <vector>

namespace tcr::app
{

/// Parses flags. Words without a flag fill the options of `positional`. Throws
/// `boost::program_options::error`, also for abbreviated flags and, by default, for words without a flag.
boost::program_options::variables_map read_words(
    std::vector<std::string> const& words,
    boost::program_options::options_description const& described,
    boost::program_options::positional_options_description const& positional = {}
);

/// The text of --help: `usage` if given, then the flags.
std::string help_text(
    boost::program_options::options_description const& described, std::string const& usage = {}
);

}  // namespace tcr::app
