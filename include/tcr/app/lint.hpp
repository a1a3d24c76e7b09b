#pragma once

// The command `lint`: checks files without a cluster.

#include <tcr/util/error.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace tcr::app
{

/// Options of `tcr-assistant lint`.
struct lint_command
{
    std::vector<std::string> files;  ///< "-" is standard input; at least one, except with `help`
    bool help = false;
};

/// Parses the words after "lint".
/// \par Errors `kube::errc::bad_config`; the message names the flag.
result<lint_command> parse_lint(std::vector<std::string> const& words);

/// The usage of `lint` with its options.
std::string lint_help();

/// Checks the ImagePullSecrets in files like the admission webhook, without a cluster. Writes to `out` one
/// line per problem, "FILE:LINE: error: spec.docker.server: …", ordered by file and line, then a summary; to
/// `err`, files that cannot be read. Never shows a credential.
/// \return the exit status: 0 no errors, perhaps warnings; 1 an error in an object or in a file's syntax; 2 a
/// file cannot be read.
int lint(std::vector<std::string> const& files, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace tcr::app
