// SPDX-License-Identifier: Apache-2.0

// The command `lint`, which reads and checks manifests.
#include "manifest.hpp"

#include "fuzz_target.hpp"
#include <tcr/app/lint.hpp>

#include <sstream>

TCR_FUZZ_TARGET(manifest)
{
    using namespace tcr;
    auto const content = app::read_manifest(std::string(bytes));
    for (auto const& diagnostic : content.diagnostics)
        fuzz::require(
            fuzz::is_one_line(diagnostic.what.field + diagnostic.what.message), "a diagnostic is one line"
        );
    std::istringstream in{std::string(bytes)};
    std::ostringstream out;
    std::ostringstream err;
    app::lint_command command;
    command.files = {"-"};
    int const status = app::lint(command, in, out, err);
    fuzz::require(status >= 0 && status <= 2, "lint ends with a known status");
    bool const has_errors = out.str().find(": error: ") != std::string::npos;
    fuzz::require(status != 1 || has_errors, "lint shows the error that it ends with");
    auto text = out.str();
    for (auto& each : text)
        each = each == '\n' ? ' ' : each;
    fuzz::require(fuzz::is_one_line(text), "lint prints no control characters");
}
