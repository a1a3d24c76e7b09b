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

/// The usage of `lint` with its options. `program` is the name by which the user calls it.
std::string lint_help(std::string const& program);

/// Every option of `lint`, in the order of the help.
std::vector<option_facts> lint_options();

/// Checks the ImagePullSecrets in files like the admission webhook, without a cluster. Of a folder, reads the
/// files *.yaml, *.yml and *.json in it and below it, except hidden ones, pipes and devices. Checks a file
/// that is given twice once. In the form of a table, writes to `out` one line per error or warning,
/// "FILE:LINE: error: spec.docker.server: …", files in the given order and each ordered by line, then a
/// summary; and to `err` which files and folders cannot be read. In the other forms, writes all of it to
/// `out` as one document. Never shows a credential.
/// \return the exit status: 0 no errors, perhaps warnings; 1 an error in an object or in a file's syntax; 2 a
/// file or folder cannot be read.
int lint(lint_command const& command, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace tcr::app
