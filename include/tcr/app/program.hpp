#pragma once

// The commands of the program, as `tcr-assistant`, as kubectl plugin, and their completion in a shell.

#include <string>
#include <vector>

namespace tcr::app
{

/// How the program was called.
struct program_role
{
    /// The role for a value of argv[0]. "kubectl-tcr" is the plugin that kubectl runs for `kubectl tcr`,
    /// "kubectl_complete-tcr" its completion
    /// (https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/). Any other name is the whole
    /// program.
    explicit program_role(std::string const& called_as);

    std::string name;           ///< for messages: "tcr-assistant" or "kubectl tcr"
    std::string file;           ///< the executable that a shell completes
    bool is_plugin = false;     ///< offers only what a user needs beside kubectl
    bool is_completer = false;  ///< all words are those to complete
};

/// The list of commands.
std::string usage(program_role const& role);

/// Completions of the last of the words that follow the program's name; that word may be empty.
std::vector<std::string> complete(program_role const& role, std::vector<std::string> const& words);

/// The completion script for "bash" or "zsh"; empty for another shell.
std::string completion_script(program_role const& role, std::string const& shell);

/// Runs the program. \return its exit status: that of the command; 2 for wrong usage.
int run_program(program_role const& role, std::vector<std::string> const& words);

}  // namespace tcr::app
