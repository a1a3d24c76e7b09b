#pragma once

#include <tcr/app/options.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tcr::app
{

/// When a new value counts.
enum class effect
{
    at_once,    ///< a running controller takes it over
    on_restart  ///< only a new process has it
};

/// An option of a command: all that flags, file, help, reference and reload know of it.
template <class Command>
struct basic_option
{
    std::string name;
    std::string value_name;
    std::string help;
    effect counts;
    std::function<std::string(Command const&)> print;

    /// Sets the option from a text. \return what is wrong with it, or nothing.
    std::function<std::string(Command&, std::string const&)> take;

    std::string letter = {};  ///< its short name, if it has one
};

/// One of `controller`.
using option = basic_option<controller_command>;

/// The table, in the order of the help. `--help` is none of its options: it sets nothing.
std::vector<option> const& options();

}  // namespace tcr::app
