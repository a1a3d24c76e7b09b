// SPDX-License-Identifier: Apache-2.0
#include "plan_report.hpp"

#include <boost/json.hpp>

#include <utility>

namespace tcr::app
{

namespace json = boost::json;

void plan_report::add_problem(
    std::string const& file, std::size_t line, controller::field_problem const& what
)
{
    auto const text = what.text();
    has_problem_ = true;
    if (format_ == output_format::table)
        err_ << file << ':' << line << ": error: " << text << '\n';
    auto finding = finding_object("problem", {{"message", text}, {"file", file}});
    finding["line"] = line;
    findings_.push_back(std::move(finding));
}

void plan_report::add_problem(commands::finding const& what)
{
    has_problem_ = true;
    if (format_ == output_format::table)
        err_ << "error: " << what.text << '\n' << what.advice << '\n';
    findings_.push_back(finding_object("problem", {{"message", what.text}, {"advice", what.advice}}));
}

void plan_report::add_warning(std::string const& name, std::string const& text)
{
    if (format_ == output_format::table)
        err_ << "warning: ImagePullSecret " << name << ": " << text << '\n';
    findings_.push_back(finding_object("warning", {{"imagePullSecret", name}, {"message", text}}));
}

void plan_report::add_changes(controller::catalog_entry const& entry, commands::change_preview const& preview)
{
    auto const& name = entry.cr.name;
    auto const count = [](auto const& names) { return std::to_string(names.size()); };
    add_line(
        name,
        "ImagePullSecret " + name + ": ",
        "secrets: " + count(preview.secrets_added) + " to add, " + count(preview.secrets_changed) +
            " to change, " + count(preview.secrets_removed) + " to remove, " +
            std::to_string(preview.secrets_unchanged) + " unchanged; service accounts: " +
            count(preview.accounts_added) + " to add it to, " + count(preview.accounts_removed) +
            " to remove it from, " + std::to_string(preview.accounts_unchanged) + " unchanged"
    );
    add_objects(name, "add", "Secret", "+ secret ", preview.secrets_added);
    add_objects(name, "change", "Secret", "~ secret ", preview.secrets_changed);
    add_objects(name, "remove", "Secret", "- secret ", preview.secrets_removed);
    add_objects(name, "none", "Secret", "! secret (not ours, stays) ", preview.secrets_foreign);
    add_objects(name, "add", "ServiceAccount", "+ service account ", preview.accounts_added);
    add_objects(name, "remove", "ServiceAccount", "- service account ", preview.accounts_removed);
    if (!entry.is_valid())
        add_line(
            name,
            "  ",
            "Contents were not compared, because the credential is unknown here: " + entry.credential_problem
        );
}

int plan_report::finish()
{
    if (format_ != output_format::table)
        out_ << document_text(json::object({{"hasProblem", has_problem_}, {"findings", findings_}}), format_);
    return has_problem_ ? 1 : 0;
}

void plan_report::add_line(std::string const& name, std::string const& before, std::string const& message)
{
    if (format_ == output_format::table)
        out_ << before << message << '\n';
    findings_.push_back(finding_object("info", {{"imagePullSecret", name}, {"message", message}}));
}

/// Adds the objects in `names` with one change. Their names have the form "namespace/name".
void plan_report::add_objects(
    std::string const& name,
    char const* change,
    char const* kind,
    char const* before,
    std::set<std::string> const& names
)
{
    for (auto const& each : names)
    {
        if (format_ == output_format::table)
            out_ << "  " << before << each << '\n';
        auto const slash = each.find('/');
        findings_.push_back(finding_object(
            "info",
            {{"imagePullSecret", name},
             {"change", change},
             {"kind", kind},
             {"namespace", each.substr(0, slash)},
             {"name", each.substr(slash + 1)}}
        ));
    }
}

}  // namespace tcr::app
