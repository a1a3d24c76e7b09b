#pragma once

#include <tcr/app/options.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tcr::app
{

/// When a changed value takes effect.
enum class effect
{
    at_once,    ///< at a reload of a running controller
    on_restart  ///< only in a new process
};

/// An option of a command: all that flags, file, help, reference and reload need.
template <class Command>
struct basic_option
{
    std::string name;
    std::string value_name;
    std::string help;
    effect counts;
    std::function<std::string(Command const&)> print;

    /// Sets the option from a text. \return the problem; empty if there is none.
    std::function<std::string(Command&, std::string const&)> take;

    std::string letter = {};  ///< its short name, if it has one
};

/// An option of `controller`.
using option = basic_option<controller_command>;

/// The table of `controller`, in the order of the help. `--help` is not in it, because it sets nothing.
std::vector<option> const& options();

}  // namespace tcr::app
