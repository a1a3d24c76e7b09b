// SPDX-License-Identifier: Apache-2.0
#pragma once

// The command `lint`: checks files without a cluster.

#include <tcr/app/options.hpp>
#include <tcr/app/output.hpp>
#include <tcr/util/error.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace tcr::app
{

/// Options of `tcr-assistant lint`.
struct lint_command
{
    std::vector<std::string> files;  ///< files or folders; "-" is standard input; may be empty with `help`
    output_format output = output_format::table;
    bool help = false;
};

/// Parses the words after "lint".
/// \par Errors `kube::errc::bad_config`; the message names the wrong flag, or reports that no file was given
/// or that "-" was given twice.
result<lint_command> parse_lint(std::vector<std::string> const& words);

/// The usage of `lint` with its options. `program` is how the user calls the program, such as "kubectl tcr".
std::string lint_help(std::string const& program);

/// Every option of `lint`, in the order of the help.
std::vector<option_facts> lint_options();

/// Checks the ImagePullSecrets in files by the rules of the admission webhook, without a cluster. Checks a
/// file that is given twice only once.
///
/// In a folder and its subfolders, checks the files *.yaml, *.yml and *.json. Skips hidden files and folders,
/// links to folders, pipes and devices.
///
/// With output `table`, writes to `out` one line per error or warning, and a summary. A line has the form
/// "FILE:LINE: error: spec.docker.server: …". The lines are in the order of the given files, then by line
/// number. Writes to `err` which files and folders cannot be read. With other outputs, writes all of this to
/// `out` as one document. The output never contains a credential.
/// \return the exit status. 0: no errors, perhaps warnings. 1: an error in an object or in a file's syntax.
/// 2: a file or folder cannot be read, or a folder has no file to check.
int lint(lint_command const& command, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace tcr::app
