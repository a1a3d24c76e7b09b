#include "command_line.hpp"
#include "manifest.hpp"
#include "manifest_file.hpp"
#include <tcr/app/lint.hpp>
#include <tcr/controller/spec_warnings.hpp>
#include <tcr/controller/validation.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/util/strings.hpp>

#include <boost/program_options.hpp>

#include <algorithm>
#include <istream>
#include <map>
#include <ostream>

namespace tcr::app
{
namespace
{

namespace po = boost::program_options;

po::options_description describe()
{
    po::options_description options("options");
    auto add = options.add_options();
    add("help,h", "print this");
    add("filename,f",
        po::value<std::vector<std::string>>()->value_name("FILE"),
        "a YAML or JSON file with ImagePullSecrets, - for standard input; may be given several times");
    return options;
}

struct finding
{
    std::size_t line = 0;
    bool is_warning = false;
    std::string text;
};

std::string counted(std::size_t count, std::string const& what)
{
    return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

/// Checks file after file. Remembers their objects: a later one may conflict with them.
class linter
{
public:
    void check(std::string const& file, std::string const& text, std::ostream& out)
    {
        ++files_;
        findings_.clear();
        auto const content = read_manifest(text);
        others_ += content.others;
        for (auto const& remark : content.remarks)
            add(remark.line, remark.what, remark.is_warning);
        for (auto const& object : content.objects)
            check_object(file, object);
        std::stable_sort(
            findings_.begin(),
            findings_.end(),
            [](finding const& one, finding const& other) { return one.line < other.line; }
        );
        for (auto const& each : findings_)
            out << file << ':' << each.line << (each.is_warning ? ": warning: " : ": error: ") << each.text
                << '\n';
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
        findings_.push_back({line, is_warning, (what.field.empty() ? "" : what.field + ": ") + what.message});
    }

    void check_object(std::string const& file, manifest_object const& object)
    {
        ++objects_;
        auto const errors_before = errors_;
        for (auto const& remark : object.remarks)
            add(remark.line, remark.what, remark.is_warning);
        for (auto const& problem : controller::validate(object.cr))
            if (!is_reported(object, problem.field))
                add(object.line_of(problem.field), problem, false);
        check_name(file, object);
        if (errors_ != errors_before)
            return;
        for (auto const& warning : controller::spec_warnings(object.cr, valid_objects_, nullptr))
            add_warning(object, warning);
        valid_objects_.put(object.cr);
    }

    /// Whether a remark already reports the field, or a parent of it, so that its content was not read.
    static bool is_reported(manifest_object const& object, std::string_view field)
    {
        return std::ranges::any_of(
            object.remarks,
            [&](manifest_remark const& remark)
            {
                auto const& reported = remark.what.field;
                return !remark.is_warning && field.starts_with(reported) &&
                       (field.size() == reported.size() || field[reported.size()] == '.' ||
                        field[reported.size()] == '[');
            }
        );
    }

    void check_name(std::string const& file, manifest_object const& object)
    {
        // The server generates a name that is not in use.
        if (object.cr.name.empty() || object.has_generated_name)
            return;
        auto const line = object.line_of("metadata.name");
        auto const [first, is_new] = locations_.emplace(object.cr.name, file + ":" + std::to_string(line));
        if (!is_new)
            add(line,
                {"metadata.name",
                 "is also the name of the ImagePullSecret at " + first->second +
                     "; one would replace the other"},
                false);
    }

    /// Splits a warning of the webhook, "FIELD: TEXT".
    void add_warning(manifest_object const& object, std::string const& warning)
    {
        auto const end = std::min(warning.find(": "), warning.size());
        auto const field = warning.substr(0, end);
        add(object.line_of(field), {field, warning.substr(std::min(end + 2, warning.size()))}, true);
    }

    std::vector<finding> findings_;  ///< of the current file
    controller::catalog valid_objects_;
    std::map<std::string, std::string> locations_;  ///< FILE:LINE of each object, by its name
    std::size_t files_ = 0;
    std::size_t objects_ = 0;
    std::size_t others_ = 0;
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
};

}  // namespace

result<lint_command> parse_lint(std::vector<std::string> const& words)
{
    lint_command command;
    po::variables_map values;
    try
    {
        values = read_words(words, describe());
    }
    catch (po::too_many_positional_options_error const&)
    {
        return error(kube::errc::bad_config, "unexpected argument; write -f before each file");
    }
    catch (po::error const& failure)
    {
        return error(kube::errc::bad_config, failure.what());
    }
    command.help = values.count("help") > 0;
    if (values.count("filename") > 0)
        command.files = values["filename"].as<std::vector<std::string>>();
    if (!command.help && command.files.empty())
        return error(kube::errc::bad_config, "no file; write -f FILE, or -f - for standard input");
    if (std::ranges::count(command.files, "-") > 1)
        return error(kube::errc::bad_config, "standard input can be read only once; write -f - once");
    return command;
}

std::string lint_help()
{
    return help_text(
        describe(),
        "usage: tcr-assistant lint -f FILE [-f FILE]...\n\n"
        "Checks ImagePullSecrets like the admission webhook, without a cluster. Exit status: 0 no error,\n"
        "1 an error in an object or in the syntax of a file, 2 wrong usage or an unreadable file.\n\n"
    );
}

int lint(std::vector<std::string> const& files, std::istream& in, std::ostream& out, std::ostream& err)
{
    linter checks;
    bool is_unreadable = false;
    for (auto const& file : files)
    {
        auto const name = manifest_file_name(file);
        auto const text = read_manifest_file(file, in);
        if (!text)
        {
            err << "tcr-assistant lint: " << name << ' ' << text.error().message() << '\n';
            is_unreadable = true;
            continue;
        }
        checks.check(name, *text, out);
    }
    if (checks.files() > 0)
        out << checks.summary() << '\n';
    if (is_unreadable)
        return 2;
    return checks.found_errors() ? 1 : 0;
}

}  // namespace tcr::app
