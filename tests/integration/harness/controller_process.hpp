#pragma once

#include "cgroup.hpp"
#include "eventually.hpp"
#include "http_get.hpp"
#include "sandbox.hpp"

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace tcr::test
{

/// The controller under test, which scripts/sandbox runs as in a pod. Several replicas can run, each with its
/// own id.
class controller_process
{
public:
    /// Does not start the controller. `where` must outlive this object. `id` consists of lower-case letters
    /// and digits; it is empty for the first replica.
    explicit controller_process(sandbox const& where, std::string id = {});

    /// Connects to this port (a proxy's) from the next start on; 0 means the API server's own port.
    void use_server_port(unsigned short port) { server_port_ = port; }

    /// Runs in this control group from the next start on. `group` must outlive this object.
    void use_cgroup(cgroup const& group) { groups_ = group.folders(); }

    /// Serves webhooks that the API server calls, from the next start on. The default is no webhooks.
    void use_webhooks() { has_webhooks_ = true; }

    /// The port of the webhooks, as of the last start with webhooks.
    unsigned short webhook_port() const;

    /// Starts the controller and waits until it has synced. Throws if it does not sync.
    void start(std::vector<std::string> const& flags = {}) const;

    /// Starts the controller and does not wait.
    void start_unsynced(std::vector<std::string> const& flags = {}) const;

    /// Sends SIGTERM and waits for the end. Throws if the controller does not run any more, or does not stop
    /// cleanly.
    void stop() const;

    /// Sends SIGKILL.
    void kill() const { where_.kill(component_); }

    bool is_running() const;

    /// The process id. Throws if the controller does not run.
    pid_t pid() const;

    /// The component's name in the sandbox, which is also the pod name in the controller's environment.
    std::string const& component() const { return component_; }

    /// The folder with the controller's token, like the mounted one of a pod.
    std::filesystem::path account_folder() const { return where_.folder() / (component_ + "-account"); }

    /// The metrics page. Throws if there is none.
    http_answer metrics() const;

    /// The answer of the health port to a path such as "/readyz". Throws if there is none.
    http_answer health(std::string const& path) const;

    /// Resident memory in bytes: at present and at its peak. Throws if the controller does not run.
    std::size_t memory() const { return memory_of("VmRSS:"); }
    std::size_t peak_memory() const { return memory_of("VmHWM:"); }

    /// \return the present end of the log, which continues over restarts
    std::size_t mark() const;

    /// The log since `mark`.
    std::string log(std::size_t mark = 0) const;

    /// Whether the log since `mark` contains `words`.
    verdict has_logged(std::string const& words, std::size_t mark) const;

    /// The warnings and errors in the log since `mark` that contain `words`.
    std::vector<std::string> complaints(std::size_t mark, std::string const& words = {}) const;

private:
    std::filesystem::path log_file() const { return where_.folder() / "logs" / (component_ + ".log"); }
    void begin(std::vector<std::string> words, std::vector<std::string> const& flags) const;
    void run(std::string const& verb, std::vector<std::string> const& words = {}) const;
    std::string url_of(std::string const& setting) const;
    std::size_t memory_of(std::string const& field) const;

    sandbox const& where_;
    std::string id_;
    std::string component_;
    unsigned short server_port_ = 0;
    std::vector<std::filesystem::path> groups_;
    bool has_webhooks_ = false;
};

}  // namespace tcr::test
