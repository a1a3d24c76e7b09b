// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"
#include "manifest.hpp"
#include "manifest_file.hpp"
#include <tcr/app/lint.hpp>
#include <tcr/controller/spec_warnings.hpp>
#include <tcr/controller/validation.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>
#include <boost/program_options.hpp>

#include <algorithm>
#include <filesystem>
#include <istream>
#include <map>
#include <ostream>
#include <set>

namespace tcr::app
{
namespace
{

namespace fs = std::filesystem;
namespace json = boost::json;
namespace po = boost::program_options;

po::options_description describe()
{
    po::options_description options("Options", 110, 55);
    auto add = options.add_options();
    add("help,h", "print this and exit");
    add("filename,f",
        po::value<std::vector<std::string>>()->value_name("FILE"),
        "a YAML or JSON file with ImagePullSecrets, a folder, or - for standard input; may be given several "
        "times, also without -f");
    add("output,o",
        po::value<std::string>()->value_name("table|json|yaml")->default_value("table"),
        "output format");
    return options;
}

struct finding
{
    std::string file;
    std::size_t line = 0;  ///< 0: the whole file
    bool is_warning = false;
    std::string text;
};

std::string counted(std::size_t count, std::string const& what)
{
    return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

/// Checks files one by one. Keeps the objects of earlier files, because objects of later files may conflict
/// with them.
class linter
{
public:
    /// \return the file's findings, ordered by line.
    std::vector<finding> check(std::string const& file, std::string const& text)
    {
        ++files_;
        file_ = file;
        findings_.clear();
        auto const content = read_manifest(text);
        others_ += content.others;
        for (auto const& diagnostic : content.diagnostics)
            add(diagnostic.line, diagnostic.what, diagnostic.is_warning);
        for (auto const& object : content.objects)
            check_object(object);
        std::ranges::stable_sort(findings_, {}, &finding::line);
        return findings_;
    }

    std::size_t files() const { return files_; }
    bool found_errors() const { return errors_ > 0; }

    std::string summary() const
    {
        auto text = (objects_ == 0 ? "no ImagePullSecret" : counted(objects_, "ImagePullSecret")) + " in " +
                    counted(files_, "file");
        if (others_ > 0)
            text += ", " + counted(others_, "object") + " of other kinds skipped";
        return text + ": " + (errors_ == 0 ? "no errors" : counted(errors_, "error")) + ", " +
               (warnings_ == 0 ? "no warnings" : counted(warnings_, "warning"));
    }

private:
    void add(std::size_t line, controller::field_problem const& what, bool is_warning)
    {
        ++(is_warning ? warnings_ : errors_);
        findings_.push_back({file_, line, is_warning, what.text()});
    }

    void check_object(manifest_object const& object)
    {
        ++objects_;
        auto const errors_before = errors_;
        for (auto const& diagnostic : object.diagnostics)
            add(diagnostic.line, diagnostic.what, diagnostic.is_warning);
        for (auto const& problem : controller::validate(object.cr))
            if (!is_reported(object, problem.field))
                add(object.line_of(problem.field), problem, false);
        check_name(object);
        if (errors_ != errors_before)
            return;
        for (auto const& warning : controller::spec_warnings(object.cr, valid_objects_, nullptr))
            add_warning(object, warning);
        valid_objects_.put(object.cr);
    }

    /// Whether a diagnostic already reports an error in the field or in one of its parents. If so,
    /// `object.cr` possibly lacks the field, and further errors about the field would mislead.
    static bool is_reported(manifest_object const& object, std::string_view field)
    {
        return std::ranges::any_of(
            object.diagnostics,
            [&](manifest_diagnostic const& diagnostic)
            {
                auto const& reported = diagnostic.what.field;
                return !diagnostic.is_warning && field.starts_with(reported) &&
                       (field.size() == reported.size() || field[reported.size()] == '.' ||
                        field[reported.size()] == '[');
            }
        );
    }

    void check_name(manifest_object const& object)
    {
        // If the API server generates the name, `cr.name` is only an example and cannot conflict.
        if (object.cr.name.empty() || object.has_generated_name)
            return;
        auto const line = object.line_of("metadata.name");
        auto const [first, is_new] = locations_.emplace(object.cr.name, file_ + ":" + std::to_string(line));
        if (!is_new)
            add(line,
                {"metadata.name",
                 "is also the name of the ImagePullSecret at " + first->second +
                     "; one would replace the other"},
                false);
    }

    /// Adds a warning from `controller::spec_warnings`, which has the form "FIELD: TEXT".
    void add_warning(manifest_object const& object, std::string const& warning)
    {
        auto const end = std::min(warning.find(": "), warning.size());
        auto const field = warning.substr(0, end);
        add(object.line_of(field), {field, warning.substr(std::min(end + 2, warning.size()))}, true);
    }

    std::string file_;               ///< name of the current file
    std::vector<finding> findings_;  ///< findings in the current file
    controller::catalog valid_objects_;
    std::map<std::string, std::string> locations_;  ///< FILE:LINE of each object; key: its name
    std::size_t files_ = 0;
    std::size_t objects_ = 0;
    std::size_t others_ = 0;
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
};

/// The manifests in a folder and its subfolders, and the folders that cannot be read. A given folder without
/// manifests counts as unreadable.
struct folder_content
{
    std::vector<std::string> files;
    std::map<std::string, error> unreadable;  ///< key: the folder; the message lacks the folder's name
};

/// Whether a path in a folder is a file to check. Excludes pipes and devices, because opening one could block
/// forever. Includes paths without a type, such as broken links, so that they are reported as unreadable.
bool is_file(fs::file_status const& status)
{
    auto const type = status.type();
    return type == fs::file_type::regular || type == fs::file_type::not_found || type == fs::file_type::none;
}

/// Adds the manifests in the folder and its subfolders, except hidden files and folders. Does not follow
/// links to folders.
void add_content(fs::path const& folder, folder_content& content)
{
    std::error_code ec;
    for (fs::directory_iterator each(folder, ec), end; !ec && each != end; each.increment(ec))
    {
        auto const& path = each->path();
        if (path.filename().string().starts_with('.'))
            continue;
        std::error_code ignored;
        auto const status = each->status(ignored);
        auto const extension = path.extension();
        bool const is_manifest = extension == ".yaml" || extension == ".yml" || extension == ".json";
        if (fs::is_directory(status) && !each->is_symlink(ignored))
            add_content(path, content);
        else if (is_manifest && is_file(status))
            content.files.push_back(path.string());
    }
    if (ec)
        content.unreadable[folder.string()] =
            error(kube::errc::bad_config, "cannot be read: " + ec.message());
}

/// The content of a folder, in alphabetical order.
folder_content content_of(std::string const& folder)
{
    folder_content content;
    add_content(folder, content);
    if (content.files.empty() && content.unreadable.empty())
        content.unreadable[folder] =
            error(kube::errc::bad_config, "is a folder without *.yaml, *.yml and *.json files");
    std::ranges::sort(content.files);
    return content;
}

/// The findings, and the files and folders that cannot be read.
struct lint_report
{
    std::vector<finding> findings;
    std::vector<finding> unreadable;
    std::string summary;  ///< empty: no file was checked
};

json::object document_of(lint_report const& report)
{
    json::array findings;
    for (auto const* list : {&report.findings, &report.unreadable})
        for (auto const& each : *list)
        {
            auto const* level = each.is_warning ? "warning" : "problem";
            auto one = finding_object(level, {{"message", each.text}, {"file", each.file}});
            if (each.line > 0)
                one["line"] = each.line;
            findings.push_back(std::move(one));
        }
    auto const is_problem = [](auto const& each) { return !each.is_warning; };
    bool const has_problem = !report.unreadable.empty() || std::ranges::any_of(report.findings, is_problem);
    return {{"hasProblem", has_problem}, {"summary", report.summary}, {"findings", std::move(findings)}};
}

void print(lint_report const& report, std::ostream& out, std::ostream& err)
{
    for (auto const& each : report.unreadable)
        err << "error: " << each.file << ' ' << each.text << '\n';
    for (auto const& each : report.findings)
        out << each.file << ':' << each.line << (each.is_warning ? ": warning: " : ": error: ") << each.text
            << '\n';
    if (!report.summary.empty())
        out << report.summary << '\n';
}

}  // namespace

result<lint_command> parse_lint(std::vector<std::string> const& words)
{
    lint_command command;
    po::variables_map values;
    try
    {
        po::positional_options_description files;
        files.add("filename", -1);
        values = read_words(words, describe(), files);
    }
    catch (po::error const& failure)
    {
        return error(kube::errc::bad_config, failure.what());
    }
    command.help = values.count("help") > 0;
    if (values.count("filename") > 0)
        command.files = values["filename"].as<std::vector<std::string>>();
    if (command.help)
        return command;
    auto const output = values["output"].as<std::string>();
    if (auto const parsed = parse_value(output, command.output); !parsed)
        return error(
            kube::errc::bad_config, "--output: " + in_quotes(output, '\'') + ' ' + parsed.error().detail
        );
    if (command.files.empty())
        return error(kube::errc::bad_config, "no file to check; write FILE, or - for standard input");
    if (std::ranges::count(command.files, "-") > 1)
        return error(kube::errc::bad_config, "standard input can be read only once; write - once");
    return command;
}

std::string lint_help(std::string const& program)
{
    return help_text(
        describe(),
        "usage: " + program +
            " lint FILE...\n\n"
            "Checks ImagePullSecrets like the admission webhook, without a cluster. Of a folder, checks the\n"
            "files *.yaml, *.yml and *.json in it and below it. Exit status: 0 no error, 1 an error in an\n"
            "object or in the syntax of a file, 2 wrong usage or an unreadable file.\n\n"
    );
}

std::vector<option_facts> lint_options()
{
    return {
        {"help", "", false, false, "h"},
        {"filename", "", false, false, "f", "FILE"},
        {"output", "table", false, false, "o", "table|json|yaml"}};
}

int lint(lint_command const& command, std::istream& in, std::ostream& out, std::ostream& err)
{
    linter checks;
    lint_report report;
    auto const add_unreadable = [&](std::string const& file, error const& problem) {
        report.unreadable.push_back({manifest_file_name(file), 0, false, problem.message()});
    };
    std::set<fs::path> checked;
    auto const check = [&](std::string const& file)
    {
        std::error_code ec;
        if (file != "-" && !checked.insert(fs::weakly_canonical(file, ec)).second && !ec)
            return;
        auto const text = read_manifest_file(file, in);
        if (!text)
            return add_unreadable(file, text.error());
        auto const found = checks.check(manifest_file_name(file), *text);
        report.findings.insert(report.findings.end(), found.begin(), found.end());
    };
    for (auto const& each : command.files)
    {
        std::error_code ec;
        if (each == "-" || !fs::is_directory(each, ec))
        {
            check(each);
            continue;
        }
        auto const content = content_of(each);
        for (auto const& [folder, problem] : content.unreadable)
            add_unreadable(folder, problem);
        std::ranges::for_each(content.files, check);
    }
    if (checks.files() > 0)
        report.summary = checks.summary();
    if (command.output == output_format::table)
        print(report, out, err);
    else
        out << document_text(document_of(report), command.output);
    if (!report.unreadable.empty())
        return 2;
    return checks.found_errors() ? 1 : 0;
}

}  // namespace tcr::app
