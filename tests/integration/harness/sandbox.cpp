// SPDX-License-Identifier: Apache-2.0
#include "sandbox.hpp"

#include "machine_speed.hpp"
#include "secret_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace tcr::test
{
namespace
{

std::string must_succeed(std::vector<std::string> const& words, command_result const& ended)
{
    if (ended.status == 0)
        return ended.out;
    std::string line;
    for (auto const& word : words)
        line += word + ' ';
    throw std::runtime_error(
        line + "ended with status " + std::to_string(ended.status) + ":\n" + ended.err + ended.out
    );
}

/// Parses the output of `scripts/sandbox env`: lines NAME=VALUE. Our paths contain no character that the
/// shell would quote.
std::map<std::string, std::string> parse_settings(std::string const& text)
{
    std::map<std::string, std::string> settings;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
    {
        std::string const prefix = "export ";
        auto const equals = line.find('=');
        if (line.starts_with(prefix) && equals != std::string::npos)
            settings[line.substr(prefix.size(), equals - prefix.size())] = line.substr(equals + 1);
    }
    return settings;
}

}  // namespace

int minor_version()
{
    char const* const chosen = std::getenv("TCR_KUBERNETES");
    std::string const version = chosen == nullptr ? "" : chosen;
    return version.empty() ? 1000 : std::stoi(version.substr(version.find('.') + 1));
}

std::filesystem::path source_folder()
{
    return TCR_SOURCE_DIR;
}

std::string kubeconfig_text(
    std::string const& server, std::filesystem::path const& authority, std::string const& user
)
{
    return "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
           "contexts: [{name: main, context: {cluster: one, user: me}}]\n"
           "clusters: [{name: one, cluster: {server: '" +
           server + "', certificate-authority: '" + authority.string() + "'}}]\nusers: [{name: me, user: {" +
           user + "}}]\n";
}

sandbox::sandbox(std::string const& purpose, std::vector<std::string> const& apiserver_flags)
    : name_(purpose + "-" + std::to_string(getpid())), start_words_{"start", "--audit"}
{
    for (auto const& flag : apiserver_flags)
        start_words_.insert(start_words_.end(), {"--apiserver-flag", flag});
    setenv("TCR_ASSISTANT", program_under_test().c_str(), 1);
#ifdef NDEBUG
    // In ms. If a turn of its event loop takes longer, the controller exits with status 1. Builds with
    // sanitizers are slower and have no limit. If other machines of the same host make this machine slow, an
    // interruption by them counts as CPU time, so the limit finds only large faults.
    auto const slowness = processor_slowness();
    auto const limit = std::lround((slowness < 1.5 ? 50 : 250) * slowness);
    BOOST_TEST_MESSAGE("processor slowness " << slowness << ", TCR_MAX_TURN_MS " << limit);
    setenv("TCR_MAX_TURN_MS", std::to_string(limit).c_str(), 0);
#endif
    start();
    prepare(true);
}

sandbox::sandbox(std::string const& purpose, with_node)
    : name_(purpose + "-" + std::to_string(getpid())), start_words_{"start", "--audit", "--with-node"}
{
    start();
    prepare(false);
}

void sandbox::prepare(bool installs)
{
    try
    {
        if (installs)
            run({"install"});
        settings_ = parse_settings(run({"env"}));
    }
    catch (...)
    {
        run({"stop"});
        throw;
    }
}

sandbox::~sandbox()
{
    try
    {
        keep_logs();
        run({"stop"});
    }
    catch (std::exception const&)
    {
        // scripts/test stops the components that still run.
    }
}

void sandbox::keep_logs() const
{
    char const* const wanted = std::getenv("TCR_TEST_LOGS");
    if (wanted == nullptr)
        return;
    namespace fs = std::filesystem;
    auto const target = fs::path(wanted) / name_;
    fs::create_directories(target);
    fs::copy(folder() / "logs", target, fs::copy_options::recursive);
}

std::string sandbox::run(std::vector<std::string> const& words) const
{
    std::vector<std::string> line{source_folder() / "scripts" / "sandbox", "--name", name_};
    line.insert(line.end(), words.begin(), words.end());
    auto const ended = run_command(line);
    // The words are service-account NAMESPACE ACCOUNT FOLDER.
    if (words.size() > 3 && words[0] == "service-account")
        remember_token_in(std::filesystem::path(words[3]) / "token");
    return must_succeed(line, ended);
}

command_result sandbox::try_kubectl(
    std::vector<std::string> const& words,
    std::string const& input,
    std::vector<std::string> const& environment
) const
{
    std::vector<std::string> line{settings_.at("SANDBOX_KUBECTL")};
    line.insert(line.end(), words.begin(), words.end());
    std::vector<std::string> variables{
        "KUBECONFIG=" + settings_.at("KUBECONFIG"), "KUBECACHEDIR=" + settings_.at("KUBECACHEDIR")};
    variables.insert(variables.end(), environment.begin(), environment.end());
    return run_command(line, variables, input);
}

std::string sandbox::kubectl(std::vector<std::string> const& words, std::string const& input) const
{
    auto line = words;
    line.insert(line.begin(), "kubectl");
    return must_succeed(line, try_kubectl(words, input));
}

void sandbox::kill(std::string const& component, std::string const& signal) const
{
    run({"kill", component, signal});
}

void sandbox::start() const
{
    run(start_words_);
}

unsigned short sandbox::start_apiserver(
    std::string const& id, unsigned short etcd_port, std::string const& version
) const
{
    std::vector<std::string> words{"apiserver", "start", "--id", id};
    if (etcd_port != 0)
        words.insert(words.end(), {"--etcd-port", std::to_string(etcd_port)});
    if (!version.empty())
        words.insert(words.end(), {"--kubernetes", version});
    run(words);
    std::string setting = "SANDBOX_APISERVER_" + id + "_PORT";
    std::transform(
        setting.begin(), setting.end(), setting.begin(), [](unsigned char c) { return std::toupper(c); }
    );
    return static_cast<unsigned short>(std::stoi(parse_settings(run({"env"})).at(setting)));
}

void sandbox::stop_apiserver(std::string const& id) const
{
    run({"apiserver", "stop", "--id", id});
}

unsigned short sandbox::port(std::string const& setting) const
{
    return static_cast<unsigned short>(std::stoi(settings_.at(setting)));
}

paused::~paused()
{
    try
    {
        where_.kill(component_, "CONT");
    }
    catch (std::exception const&)
    {
        // The checks that follow report the missing component.
    }
}

}  // namespace tcr::test
