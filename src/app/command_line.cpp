#include "command_line.hpp"

namespace tcr::app
{

namespace po = boost::program_options;

po::variables_map read_words(std::vector<std::string> const& words, po::options_description const& described)
{
    auto const style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    // No positional option is known.
    po::positional_options_description const none;
    po::variables_map values;
    po::store(po::command_line_parser(words).options(described).positional(none).style(style).run(), values);
    return values;
}

}  // namespace tcr::app
