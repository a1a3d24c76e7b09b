// SPDX-License-Identifier: Apache-2.0
#pragma once

// The commands of `tcr-assistant` and of the kubectl plugin, and their completion in a shell.

#include <string>
#include <vector>

namespace tcr::app
{

/// How the program was called.
struct program_role
{
    /// Derives the role from `called_as`, the value of argv[0]. kubectl runs "kubectl-tcr" for `kubectl tcr`,
    /// and "kubectl_complete-tcr" for its completion
    /// (https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/). With any other name, the program
    /// offers all commands.
    explicit program_role(std::string const& called_as);

    std::string name;           ///< for messages: "tcr-assistant" or "kubectl tcr"
    std::string file;           ///< name of the executable, for completion scripts
    bool is_plugin = false;     ///< offers only the commands of the kubectl plugin
    bool is_completer = false;  ///< the process only prints completions of its arguments
};

/// The usage text: the list of commands.
std::string usage(program_role const& role);

/// Returns the completions of the last word, which may be empty. `words` follow the program's name.
std::vector<std::string> complete(program_role const& role, std::vector<std::string> const& words);

/// The completion script for "bash" or "zsh"; empty for another shell.
std::string completion_script(program_role const& role, std::string const& shell);

/// Runs the program. \return the exit status of the command; 2 for wrong usage.
int run_program(program_role const& role, std::vector<std::string> const& words);

}  // namespace tcr::app
