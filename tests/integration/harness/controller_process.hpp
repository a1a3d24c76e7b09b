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

/// The controller under test, run by scripts/sandbox as in a pod; several of them as replicas with an id each.
class controller_process
{
public:
    /// Nothing runs yet. `where` must outlive it. `id`: lower-case letters and digits; empty for the first.
    explicit controller_process(sandbox const& where, std::string id = {});

    /// From the next start on it talks to that port (a proxy's); 0: to the API server's own.
    void use_server_port(unsigned short port) { server_port_ = port; }

    /// From the next start on it runs in this control group, which must outlive it.
    void use_cgroup(cgroup const& group) { groups_ = group.folders(); }

    /// From the next start on it has webhooks that the API server calls; else it has none.
    void use_webhooks() { has_webhooks_ = true; }

    /// Where its webhooks are, since the last start with them.
    unsigned short webhook_port() const;

    /// Starts it and waits until it has the cluster in memory. Throws where it does not come to that.
    void start(std::vector<std::string> const& flags = {}) const;

    /// Starts it and does not wait.
    void start_unsynced(std::vector<std::string> const& flags = {}) const;

    /// SIGTERM, and waits for its end. Throws where it does not run any more, or does not end in good order.
    void stop() const;

    /// SIGKILL.
    void kill() const { where_.kill(component_); }

    bool is_running() const;

    /// Its process. Throws where it does not run.
    pid_t pid() const;

    /// Its name in the sandbox, and the pod's name that it is told.
    std::string const& component() const { return component_; }

    /// The folder with its token, as mounted in a pod.
    std::filesystem::path account_folder() const { return where_.folder() / (component_ + "-account"); }

    /// Its metrics page. Throws where it has none.
    http_answer metrics() const;

    /// What its health port answers to "/readyz" and the like. Throws where it has none.
    http_answer health(std::string const& path) const;

    /// Bytes of memory it has now, and the most it had. Throws where it does not run.
    std::size_t memory() const { return memory_of("VmRSS:"); }
    std::size_t most_memory() const { return memory_of("VmHWM:"); }

    /// A place in its log, which goes on over restarts: now.
    std::size_t mark() const;

    /// Its log since then.
    std::string log(std::size_t mark = 0) const;

    /// Whether its log says `words` since then.
    verdict has_said(std::string const& words, std::size_t mark) const;

    /// The warnings and errors of its log since then that have `words` in them.
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
