// SPDX-License-Identifier: Apache-2.0
#include "controller_process.hpp"

#include "secret_memory.hpp"
#include "text.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace tcr::test
{

controller_process::controller_process(sandbox const& where, std::string id)
    : where_(where), id_(std::move(id)), component_(id_.empty() ? "controller" : "controller-" + id_)
{
}

void controller_process::run(std::string const& verb, std::vector<std::string> const& words) const
{
    std::vector<std::string> line{"controller", verb};
    if (!id_.empty())
        line.insert(line.end(), {"--id", id_});
    line.insert(line.end(), words.begin(), words.end());
    where_.run(line);
}

void controller_process::start(std::vector<std::string> const& flags) const
{
    begin({}, flags);
}

void controller_process::start_unsynced(std::vector<std::string> const& flags) const
{
    begin({"--no-wait"}, flags);
}

void controller_process::begin(std::vector<std::string> words, std::vector<std::string> const& flags) const
{
    if (server_port_ != 0)
        words.insert(words.end(), {"--server-port", std::to_string(server_port_)});
    if (has_webhooks_)
        words.emplace_back("--webhooks");
    for (auto const& folder : groups_)
        words.insert(words.end(), {"--cgroup", folder});
    words.emplace_back("--");
    words.insert(words.end(), flags.begin(), flags.end());
    run("start", words);
    // Each start creates a new token.
    remember_token_in(account_folder() / "token");
}

void controller_process::stop() const
{
    if (!is_running())
        throw std::runtime_error("the controller ended by itself; its log:\n" + log());
    auto const before = mark();
    run("stop");
    // A sanitizer writes its report after the line " info stopped", or the process ends without that line.
    auto const last_words = log(before);
    if (!contains(last_words, " info stopped") || contains(last_words, "Sanitizer") ||
        contains(last_words, "exceeded TCR_MAX_TURN_MS"))
        throw std::runtime_error("the controller did not stop cleanly: " + last_words);
}

bool controller_process::is_running() const
{
    try
    {
        run("status");
        return true;
    }
    catch (std::runtime_error const&)
    {
        return false;
    }
}

pid_t controller_process::pid() const
{
    pid_t number = 0;
    std::ifstream(where_.folder() / "pids" / (component_ + ".pid")) >> number;
    if (number == 0)
        throw std::runtime_error(component_ + " does not run");
    return number;
}

std::string controller_process::url_of(std::string const& setting) const
{
    std::ifstream in(where_.folder() / (component_ + ".env"));
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(setting + "="))
            return line.substr(setting.size() + 1);
    return {};
}

unsigned short controller_process::webhook_port() const
{
    auto const url = url_of("WEBHOOK_URL");
    return static_cast<unsigned short>(std::stoul(url.substr(url.rfind(':') + 1)));
}

http_answer controller_process::metrics() const
{
    return http_get(url_of("METRICS_URL"));
}

http_answer controller_process::health(std::string const& path) const
{
    return http_get(url_of("HEALTH_URL") + path);
}

std::size_t controller_process::memory_of(std::string const& field) const
{
    std::ifstream in("/proc/" + std::to_string(pid()) + "/status");
    std::string word;
    while (in >> word && word != field)
        continue;
    std::size_t kilobytes = 0;
    if (!(in >> kilobytes))
        throw std::runtime_error(component_ + " does not run");
    return kilobytes * 1024;
}

std::size_t controller_process::mark() const
{
    std::error_code none_yet;
    auto const size = std::filesystem::file_size(log_file(), none_yet);
    return none_yet ? 0 : size;
}

std::string controller_process::log(std::size_t mark) const
{
    std::ifstream in(log_file());
    in.seekg(static_cast<std::streamoff>(mark));
    return {std::istreambuf_iterator<char>(in), {}};
}

verdict controller_process::has_logged(std::string const& words, std::size_t mark) const
{
    auto const text = log(mark);
    return contains(text, words) ? verdict(true) : wrong("no '" + words + "' in the log:\n" + text);
}

std::vector<std::string> controller_process::complaints(std::size_t mark, std::string const& words) const
{
    std::vector<std::string> lines;
    std::istringstream all(log(mark));
    for (std::string line; std::getline(all, line);)
        if ((contains(line, " warning ") || contains(line, " error ")) && contains(line, words))
            lines.push_back(line);
    return lines;
}

}  // namespace tcr::test
