#include <tcr/app/build_info.hpp>
#include <tcr/app/cleanup_command.hpp>
#include <tcr/app/explain_command.hpp>
#include <tcr/app/hosts_updater.hpp>
#include <tcr/app/lint.hpp>
#include <tcr/app/options.hpp>
#include <tcr/app/plan_command.hpp>
#include <tcr/app/run_controller.hpp>

#include <boost/version.hpp>

#include <openssl/crypto.h>
#include <sys/resource.h>

#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace
{

constexpr std::string_view usage = R"(usage: tcr-assistant COMMAND [options]

commands:
  controller     watch the cluster and give every matching service account its pull credentials
  hosts-updater  keep registry domains in a node's hosts file (for tests; prefer PrivateDNS)
  explain        explain why a pod can or cannot pull its images
  plan           show what an ImagePullSecret would change in a cluster
  cleanup        remove every reference and Secret that the controller made
  lint           check files with ImagePullSecrets, without a cluster
  version        print version, commit, compiler and library versions
  help           print this

tcr-assistant controller --help lists the options of a command.
)";

int print_version()
{
    auto const& build = tcr::app::this_build;
    std::cout << "tcr-assistant " TCR_VERSION "\n"
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

/// Parses a command's words, then prints the help or the error, or runs the command.
int run_command(std::string const& name, auto const& parse, auto const& help, auto const& carry_out)
{
    auto command = parse();
    if (!command)
    {
        std::cerr << "tcr-assistant " << name << ": " << command.error().message() << "\n"
                  << "tcr-assistant " << name << " --help lists the options.\n";
        return 2;
    }
    if (command->help)
    {
        std::cout << help();
        return 0;
    }
    return carry_out(*command);
}

int run(std::vector<std::string> words)
{
    if (words.empty())
    {
        std::cerr << usage;
        return 2;
    }
    auto const command = words.front();
    words.erase(words.begin());
    namespace app = tcr::app;
    if (command == "controller")
        return run_command(
            command,
            [&] { return app::parse_controller(words); },
            app::controller_help,
            [&](auto const& parsed) { return app::run_controller(words, parsed); }
        );
    if (command == "hosts-updater")
        return run_command(
            command,
            [&] { return app::parse_hosts_updater(words); },
            app::hosts_updater_help,
            app::run_hosts_updater
        );
    if (command == "explain")
        return run_command(
            command, [&] { return app::parse_explain(words); }, app::explain_help, app::run_explain
        );
    if (command == "plan")
        return run_command(
            command, [&] { return app::parse_plan(words); }, app::plan_help, app::run_plan
        );
    if (command == "cleanup")
        return run_command(
            command, [&] { return app::parse_cleanup(words); }, app::cleanup_help, app::run_cleanup
        );
    if (command == "lint")
        return run_command(
            command,
            [&] { return app::parse_lint(words); },
            app::lint_help,
            [](auto const& parsed) { return app::lint(parsed.files, std::cin, std::cout, std::cerr); }
        );
    if (command == "version" || command == "--version")
        return print_version();
    if (command == "help" || command == "--help" || command == "-h")
    {
        std::cout << usage;
        return 0;
    }
    std::cerr << "tcr-assistant: unknown command '" << command << "'\n" << usage;
    return 2;
}

}  // namespace

int main(int argc, char** argv)
{
    // A core dump would hold credentials.
    rlimit const no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    try
    {
        return run({argv + 1, argv + argc});
    }
    catch (std::exception const& e)
    {
        std::cerr << "tcr-assistant: " << e.what() << "\n";
        return 1;
    }
}
