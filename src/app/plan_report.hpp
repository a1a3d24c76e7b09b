// SPDX-License-Identifier: Apache-2.0
#pragma once

// Makes the output of `plan`.

#include <tcr/app/output.hpp>
#include <tcr/commands/change_preview.hpp>
#include <tcr/commands/finding.hpp>
#include <tcr/controller/validation.hpp>

#include <boost/json/array.hpp>

#include <cstddef>
#include <ostream>
#include <set>
#include <string>

namespace tcr::app
{

/// Prints the output of `plan`. With output `table`, prints each line when it is added: problems and warnings
/// to `err`, the rest to `out`. With other formats, prints one document to `out` at the end.
class plan_report
{
public:
    /// Both streams must outlive the report.
    plan_report(output_format format, std::ostream& out, std::ostream& err)
        : format_(format), out_(out), err_(err)
    {
    }

    /// Adds a problem of a file. `line` counts from 1.
    void add_problem(std::string const& file, std::size_t line, controller::field_problem const& what);

    void add_problem(commands::finding const& what);

    /// Adds a warning about an ImagePullSecret (`controller::spec_warnings`).
    void add_warning(std::string const& name, std::string const& text);

    /// Adds the changes that an ImagePullSecret would cause.
    void add_changes(controller::catalog_entry const& entry, commands::change_preview const& preview);

    bool has_problem() const { return has_problem_; }

    /// Ends the output; prints the document if there is one. \return the exit status.
    int finish();

private:
    void add_line(std::string const& name, std::string const& before, std::string const& message);
    void add_objects(
        std::string const& name,
        char const* change,
        char const* kind,
        char const* before,
        std::set<std::string> const& names
    );

    output_format format_;
    std::ostream& out_;
    std::ostream& err_;
    bool has_problem_ = false;
    boost::json::array findings_;
};

}  // namespace tcr::app
