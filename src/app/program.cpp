// SPDX-License-Identifier: Apache-2.0
#include <tcr/app/build_info.hpp>
#include <tcr/app/cleanup_command.hpp>
#include <tcr/app/explain_command.hpp>
#include <tcr/app/hosts_updater.hpp>
#include <tcr/app/lint.hpp>
#include <tcr/app/options.hpp>
#include <tcr/app/plan_command.hpp>
#include <tcr/app/program.hpp>
#include <tcr/app/rbac_command.hpp>
#include <tcr/app/run_controller.hpp>
#include <tcr/util/strings.hpp>

#include <boost/algorithm/string/replace.hpp>
#include <boost/version.hpp>

#include <openssl/crypto.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <string_view>

namespace tcr::app
{
namespace
{

using word_list = std::vector<std::string>;

/// A command of the program. The `words` of `run` follow the command's name.
struct program_command
{
    std::string_view name;
    std::string_view summary;  ///< for the list of commands; empty: the list omits the command
    bool is_in_plugin = false;
    std::vector<option_facts> (*options)() = nullptr;
    int (*run)(program_role const& role, word_list const& words);
};

/// Takes the parsed words of a command. Prints the error or the help, or runs the command.
int run_command(
    program_role const& role,
    std::string const& name,
    auto const& parsed,
    std::function<std::string()> const& help,
    auto const& carry_out
)
{
    if (!parsed)
    {
        std::cerr << role.name << ' ' << name << ": " << parsed.error().message() << "\n"
                  << role.name << ' ' << name << " --help lists the options.\n";
        return 2;
    }
    if (parsed->help)
    {
        std::cout << help();
        return 0;
    }
    return carry_out(*parsed);
}

int run_controller_command(program_role const& role, word_list const& words)
{
    auto const carry_out = [&](auto const& parsed) { return run_controller(words, parsed); };
    return run_command(role, "controller", parse_controller(words), controller_help, carry_out);
}

int run_hosts_command(program_role const& role, word_list const& words)
{
    return run_command(
        role, "hosts-updater", parse_hosts_updater(words), hosts_updater_help, run_hosts_updater
    );
}

int run_explain_command(program_role const& role, word_list const& words)
{
    auto const help = [&] { return explain_help(role.name); };
    return run_command(role, "explain", parse_explain(words), help, run_explain);
}

int run_plan_command(program_role const& role, word_list const& words)
{
    auto const help = [&] { return plan_help(role.name); };
    return run_command(role, "plan", parse_plan(words), help, run_plan);
}

int run_cleanup_command(program_role const& role, word_list const& words)
{
    return run_command(role, "cleanup", parse_cleanup(words), cleanup_help, run_cleanup);
}

int run_lint_command(program_role const& role, word_list const& words)
{
    auto const help = [&] { return lint_help(role.name); };
    auto const carry_out = [](auto const& parsed) { return lint(parsed, std::cin, std::cout, std::cerr); };
    return run_command(role, "lint", parse_lint(words), help, carry_out);
}

int run_rbac_command(program_role const& role, word_list const& words)
{
    auto const help = [&] { return rbac_help(role.name); };
    auto const carry_out = [](auto const& parsed)
    {
        std::cout << rbac_manifest(parsed);
        return 0;
    };
    return run_command(role, "rbac", parse_rbac(words), help, carry_out);
}

int print_completion(program_role const& role, word_list const& words)
{
    if (!words.empty() && (words.front() == "--help" || words.front() == "-h"))
    {
        std::cout << "usage: " << role.name << " completion bash|zsh\n";
        return 0;
    }
    auto const script = words.size() == 1 ? completion_script(role, words.front()) : std::string();
    if (script.empty())
    {
        std::cerr << role.name << " completion: write bash or zsh\n";
        return 2;
    }
    std::cout << script;
    return 0;
}

/// Prints completions in the form that kubectl and our own scripts expect: one completion per line, then a
/// directive of https://github.com/spf13/cobra. Directive 0: if there are no completions, the shell completes
/// file names.
int print_completions(program_role const& role, word_list const& words)
{
    for (auto const& each : complete(role, words))
        std::cout << each << '\n';
    std::cout << ":0\n";
    return 0;
}

int print_version(program_role const& role, word_list const&)
{
    auto const& build = this_build;
    std::cout << role.name << " " TCR_VERSION "\n"
              << "commit: " << build.commit << "\n"
              << "compiler: g++ " __VERSION__ "\n"
              << "Boost: " << BOOST_VERSION / 100000 << '.' << BOOST_VERSION / 100 % 1000 << '.'
              << BOOST_VERSION % 100 << "\n"
              << OpenSSL_version(OPENSSL_VERSION) << "\n"
              << "yaml-cpp: " << build.yaml_cpp << "\n";
    if (!build.prometheus_cpp.empty())
        std::cout << "prometheus-cpp: " << build.prometheus_cpp << "\n";
    return 0;
}

int print_usage(program_role const& role, word_list const&)
{
    std::cout << usage(role);
    return 0;
}

constexpr program_command commands_of_program[] = {
    {"controller",
     "watch the cluster and give every matching service account its pull credentials",
     false,
     controller_options,
     run_controller_command},
    {"hosts-updater",
     "keep registry domains in a node's hosts file (for tests; prefer PrivateDNS)",
     false,
     hosts_updater_options,
     run_hosts_command},
    {"explain",
     "explain why pods can or cannot pull their images",
     true,
     explain_options,
     run_explain_command},
    {"plan", "show what an ImagePullSecret would change in a cluster", true, plan_options, run_plan_command},
    {"cleanup",
     "remove every reference and Secret that the controller made",
     false,
     cleanup_options,
     run_cleanup_command},
    {"lint", "check files with ImagePullSecrets, without a cluster", true, lint_options, run_lint_command},
    {"rbac",
     "print the rights on the Secrets of ImagePullSecrets, as ClusterRoles",
     true,
     rbac_options,
     run_rbac_command},
    {"completion", "print a completion script for bash or zsh", true, nullptr, print_completion},
    {"version", "print version, commit, compiler and library versions", true, nullptr, print_version},
    {"help", "print this", true, nullptr, print_usage},
    {"--version", {}, true, nullptr, print_version},
    {"--help", {}, true, nullptr, print_usage},
    {"-h", {}, true, nullptr, print_usage},
    // Our completion scripts run this command. Its name is that of the same command in cobra.
    {"__complete", {}, true, nullptr, print_completions},
};

bool is_offered(program_role const& role, program_command const& command)
{
    return command.is_in_plugin || !role.is_plugin;
}

program_command const* find_command(program_role const& role, std::string const& name)
{
    for (auto const& each : commands_of_program)
        if (each.name == name && is_offered(role, each))
            return &each;
    return nullptr;
}

/// The possible values of an option if they are a choice such as "json|yaml"; otherwise empty.
std::vector<std::string_view> choices_of(option_facts const& option)
{
    if (option.value_name.find('|') == std::string::npos)
        return {};
    return split_names(option.value_name, '|');
}

}  // namespace

program_role::program_role(std::string const& called_as)
{
    auto const called = called_as.substr(called_as.find_last_of('/') + 1);
    is_completer = called == "kubectl_complete-tcr";
    is_plugin = is_completer || called == "kubectl-tcr";
    name = is_plugin ? "kubectl tcr" : "tcr-assistant";
    file = is_plugin ? "kubectl-tcr" : "tcr-assistant";
}

std::string usage(program_role const& role)
{
    std::string text = "usage: " + role.name + " COMMAND [options]\n\ncommands:\n";
    for (auto const& each : commands_of_program)
        if (is_offered(role, each) && !each.summary.empty())
        {
            auto line = "  " + std::string(each.name);
            line.resize(17, ' ');
            text.append(line).append(each.summary).append("\n");
        }
    return text + "\n" + role.name + " COMMAND --help lists the options of a command.\n";
}

std::vector<std::string> complete(program_role const& role, std::vector<std::string> const& words)
{
    std::vector<std::string> found;
    auto const typed = words.empty() ? std::string() : words.back();
    auto const offer = [&](std::string text)
    {
        if (text.starts_with(typed))
            found.push_back(std::move(text));
    };
    if (words.size() < 2)
    {
        for (auto const& each : commands_of_program)
            if (is_offered(role, each) && !each.summary.empty())
                offer(std::string(each.name));
        return found;
    }
    auto const* command = find_command(role, words.front());
    if (command != nullptr && command->name == "completion")
        for (auto const* shell : {"bash", "zsh"})
            offer(shell);
    if (command == nullptr || command->options == nullptr)
        return found;
    auto const options = command->options();
    auto const& before = words[words.size() - 2];
    for (auto const& each : options)
        if (before == "--" + each.name || (!each.letter.empty() && before == "-" + each.letter))
            for (auto const choice : choices_of(each))
                offer(std::string(choice));
    if (typed.starts_with('-'))
        for (auto const& each : options)
            offer("--" + each.name);
    return found;
}

std::string completion_script(program_role const& role, std::string const& shell)
{
    // In the scripts, FILE stands for the executable, and NAME for the name of the function.
    std::string script;
    if (shell == "bash")
        script = R"bash(# Use it: source <(FILE completion bash)
NAME() {
    mapfile -t COMPREPLY < <(FILE __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | grep -v '^:')
}
complete -o default -F NAME FILE
)bash";
    else if (shell == "zsh")
        script = R"zsh(#compdef FILE
# Use it: source <(FILE completion zsh)
NAME() {
    local -a found
    found=(${(f)"$(FILE __complete "${(@)words[2,CURRENT]}" 2>/dev/null | grep -v '^:')"})
    if (( ${#found} )); then compadd -- $found; else _files; fi
}
compdef NAME FILE
)zsh";
    auto name = "_" + role.file;
    std::ranges::replace(name, '-', '_');
    boost::replace_all(script, "NAME", name);
    boost::replace_all(script, "FILE", role.file);
    return script;
}

int run_program(program_role const& role, std::vector<std::string> const& words)
{
    if (role.is_completer)
        return print_completions(role, words);
    if (words.empty())
    {
        std::cerr << usage(role);
        return 2;
    }
    auto const* command = find_command(role, words.front());
    if (command == nullptr)
    {
        std::cerr << role.name << ": unknown command '" << printable(words.front(), 80) << "'\n"
                  << usage(role);
        return 2;
    }
    return command->run(role, {words.begin() + 1, words.end()});
}

}  // namespace tcr::app
