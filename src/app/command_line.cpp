#include "command_line.hpp"

#include "option_reading.hpp"

#include <sstream>

namespace tcr::app
{

namespace po = boost::program_options;

po::variables_map read_words(
    std::vector<std::string> const& words,
    po::options_description const& described,
    po::positional_options_description const& positional
)
{
    auto const style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    auto const parsed =
        po::command_line_parser(words).options(described).positional(positional).style(style).run();
    po::variables_map values;
    po::store(parsed, values);
    return values;
}

std::string help_text(po::options_description const& described, std::string const& usage)
{
    std::ostringstream text;
    text << usage << described;
    return text.str();
}

std::string unknown_flag(po::unknown_option const& failure, std::vector<std::string> const& names)
{
    // get_option_name() contains the value after the equals sign, too.
    auto const given = failure.get_option_name();
    auto const meant = nearest_name(given.substr(0, given.find('=')), names);
    return failure.what() + (meant.empty() ? std::string() : "; did you mean --" + meant + "?");
}

}  // namespace tcr::app
