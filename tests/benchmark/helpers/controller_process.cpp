// SPDX-License-Identifier: Apache-2.0
#include "controller_process.hpp"

#include "http_get.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tcr::benchmark
{
namespace
{

/// Time limit for a page. Under a CPU limit, even a small page may take seconds.
constexpr std::chrono::seconds page_limit{30};

std::string on_loopback(std::string const& port)
{
    return "127.0.0.1:" + port;
}

}  // namespace

controller_process::controller_process(place where, test::cgroup const& group) : where_(std::move(where))
{
    std::ofstream(where_.log_file, std::ios::trunc).flush();
    pid_ = ::fork();
    if (pid_ < 0)
        throw std::runtime_error("cannot fork");
    if (pid_ > 0)
        return;
    try
    {
        group.enter();
    }
    catch (std::exception const&)
    {
        _exit(126);
    }
    ::setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1", 1);
    ::setenv("KUBERNETES_SERVICE_PORT", where_.api_port.c_str(), 1);
    ::setenv("TCR_ASSISTANT_SERVICE_ACCOUNT_DIR", where_.account_folder.c_str(), 1);
    ::unsetenv("KUBECONFIG");
    int const log = ::open(where_.log_file.c_str(), O_WRONLY | O_APPEND);
    ::dup2(log, STDERR_FILENO);
    // A fixed identity, as in a pod: after a restart the controller is the same candidate for the lease.
    ::setenv("POD_NAME", "benchmark", 1);
    ::setenv("POD_UID", "benchmark", 1);
    std::vector<std::string> words{where_.program, "controller"};
    words.push_back("--metrics-bind-address=" + on_loopback(where_.metrics_port));
    words.push_back("--health-probe-bind-address=" + on_loopback(where_.health_port));
    words.insert(words.end(), where_.flags.begin(), where_.flags.end());
    std::vector<char*> arguments;
    for (auto& each : words)
        arguments.push_back(each.data());
    arguments.push_back(nullptr);
    ::execv(where_.program.c_str(), arguments.data());
    _exit(127);
}

controller_process::~controller_process()
{
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

std::string controller_process::wait_for_line(std::string const& words, std::chrono::seconds limit)
{
    auto const deadline = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < deadline)
    {
        std::ifstream in(where_.log_file);
        in.seekg(static_cast<std::streamoff>(read_so_far_));
        std::string line;
        while (std::getline(in, line) && !in.eof())
        {
            read_so_far_ += line.size() + 1;
            if (line.find(words) != std::string::npos)
                return line;
        }
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) == pid_)
        {
            pid_ = -1;
            throw std::runtime_error("the controller ended with wait status " + std::to_string(status));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    throw std::runtime_error("no '" + words + "' in " + where_.log_file);
}

void controller_process::skip_log()
{
    read_so_far_ = std::filesystem::file_size(where_.log_file);
}

/// Returns a value of /proc/PID/status; 0 if the value is missing.
std::uint64_t controller_process::status_value(std::string const& key) const
{
    std::ifstream in("/proc/" + std::to_string(pid_) + "/status");
    std::uint64_t value = 0;
    for (std::string word; in >> word;)
        if (word == key)
        {
            in >> value;
            return value;
        }
    return 0;
}

std::uint64_t controller_process::resident_bytes() const
{
    return status_value("VmRSS:") * 1024;
}

std::uint64_t controller_process::anonymous_bytes() const
{
    return status_value("RssAnon:") * 1024;
}

std::uint64_t controller_process::wakeups() const
{
    return status_value("voluntary_ctxt_switches:");
}

std::string controller_process::metrics() const
{
    auto page = test::http_get("http://" + on_loopback(where_.metrics_port) + "/metrics", page_limit);
    if (page.status != 200)
        throw std::runtime_error("the controller has no metrics page: " + page.body);
    return std::move(page.body);
}

bool controller_process::is_ready() const
{
    return test::http_get("http://" + on_loopback(where_.health_port) + "/readyz", page_limit).status == 200;
}

void controller_process::stop()
{
    ::kill(pid_, SIGTERM);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw std::runtime_error("the controller ended with wait status " + std::to_string(status));
}

}  // namespace tcr::benchmark
