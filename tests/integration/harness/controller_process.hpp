// SPDX-License-Identifier: Apache-2.0
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

/// The controller under test. scripts/sandbox runs it with a pod's environment. Several replicas can run,
/// each with its own id.
class controller_process
{
public:
    /// Does not start the controller. `where` must outlive this object. `id` consists of lower-case letters
    /// and digits; it is empty for the first replica.
    explicit controller_process(sandbox const& where, std::string id = {});

    /// From the next start on, the controller connects to this port, for example a proxy's. 0 means the API
    /// server's own port.
    void use_server_port(unsigned short port) { server_port_ = port; }

    /// From the next start on, the controller runs in this control group. `group` must outlive this object.
    void use_cgroup(cgroup const& group) { groups_ = group.folders(); }

    /// From the next start on, the controller serves the webhooks that the API server calls. The default is
    /// no webhooks.
    void use_webhooks() { has_webhooks_ = true; }

    /// The port of the webhooks at the last start after `use_webhooks`.
    unsigned short webhook_port() const;

    /// Starts the controller and waits until it has synced. Throws if it does not sync.
    void start(std::vector<std::string> const& flags = {}) const;

    /// Starts the controller without waiting for its sync.
    void start_unsynced(std::vector<std::string> const& flags = {}) const;

    /// Sends SIGTERM and waits for the end. Throws if the controller is not running or does not stop cleanly.
    void stop() const;

    /// Sends SIGKILL.
    void kill() const { where_.kill(component_); }

    bool is_running() const;

    /// The process id. Throws if the controller is not running.
    pid_t pid() const;

    /// The component's name in the sandbox, which is also the pod name in the controller's environment.
    std::string const& component() const { return component_; }

    /// The folder with the controller's token. It corresponds to the folder that a pod has mounted.
    std::filesystem::path account_folder() const { return where_.folder() / (component_ + "-account"); }

    /// The metrics page. Throws if the controller does not answer.
    http_answer metrics() const;

    /// The answer of the health port to a path such as "/readyz". Throws if the controller does not answer.
    http_answer health(std::string const& path) const;

    /// Current and peak resident memory, in bytes. Throws if the controller is not running.
    std::size_t memory() const { return memory_of("VmRSS:"); }
    std::size_t peak_memory() const { return memory_of("VmHWM:"); }

    /// \return the current end of the log. A restarted controller appends to the same log
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
