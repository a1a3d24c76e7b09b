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
    std::vector<std::string> files;  ///< or folders; "-" is standard input; at least one, except with `help`
    output_format output = output_format::table;
    bool help = false;
};

/// Parses the words after "lint".
/// \par Errors `kube::errc::bad_config`; the message names the flag.
result<lint_command> parse_lint(std::vector<std::string> const& words);

/// The usage of `lint` with its options. `program` is what the user calls.
std::string lint_help(std::string const& program);

/// Every option of `lint`, in the order of the help.
std::vector<option_facts> lint_options();

/// Checks the ImagePullSecrets in files like the admission webhook, without a cluster. Of a folder, reads the
/// files *.yaml, *.yml and *.json in it and below it, except hidden ones. Writes to `out` one line per
/// problem, "FILE:LINE: error: spec.docker.server: …", ordered by file and line, then a summary; or all of it
/// as one document. Writes to `err` which files cannot be read. Never shows a credential.
/// \return the exit status: 0 no errors, perhaps warnings; 1 an error in an object or in a file's syntax; 2 a
/// file cannot be read.
int lint(lint_command const& command, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace tcr::app
