#pragma once

#include <tcr/util/error.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace tcr::app
{

/// What `tcr-assistant lint` was asked for.
struct lint_command
{
    std::vector<std::string> files;  ///< "-" is standard input; at least one, but with `help`
    bool help = false;
};

/// Reads the words after "lint".
/// \par Errors `kube::errc::bad_config`; a sentence that names the flag.
result<lint_command> parse_lint(std::vector<std::string> const& words);

/// The usage of `lint` with its options.
std::string lint_help();

/// Checks the ImagePullSecrets in files as the admission webhook would, without a cluster. Writes to `out` a
/// line for each finding, "FILE:LINE: error: spec.docker.server: …", in the order of the files and lines,
/// then a summary; to `err` what cannot be read. Never shows a credential.
/// \return the exit status: 0 nothing is wrong, though there may be warnings; 1 an object or a file's syntax
/// is; 2 a file cannot be read.
int lint(std::vector<std::string> const& files, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace tcr::app
