#pragma once

#include "child_process.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tcr::test
{

/// A control plane of our own, made by scripts/sandbox with an audit log: started here, ended with the object.
/// $TCR_TEST_LOGS, where it is set, names a folder that gets the logs at the end.
class sandbox
{
public:
    /// Starts it with the CRD and the RBAC installed. `purpose` becomes part of its name. Throws where that fails.
    explicit sandbox(std::string const& purpose);

    /// Starts it with a node and nothing installed.
    struct with_node
    {
    };
    sandbox(std::string const& purpose, with_node);

    ~sandbox();
    sandbox(sandbox const&) = delete;
    sandbox& operator=(sandbox const&) = delete;

    /// A verb of scripts/sandbox. Tokens that it makes are remembered as secrets. \return what it wrote to standard output. Throws unless it succeeds.
    std::string run(std::vector<std::string> const& words) const;

    /// kubectl as the administrator; may fail. `input` is its standard input.
    command_result try_kubectl(
        std::vector<std::string> const& words,
        std::string const& input = {},
        std::vector<std::string> const& environment = {}
    ) const;

    /// The same, throws unless it succeeds. \return its standard output.
    std::string kubectl(std::vector<std::string> const& words, std::string const& input = {}) const;

    /// Signals a component: apiserver, etcd, controller-manager.
    void kill(std::string const& component, std::string const& signal = "KILL") const;

    /// Starts what is down.
    void start() const;

    /// Starts the component apiserver-ID, one more API server on the same data; `etcd_port` is a proxy's in front of
    /// etcd. \return its port.
    unsigned short start_apiserver(std::string const& id, unsigned short etcd_port = 0) const;
    void stop_apiserver(std::string const& id) const;

    unsigned short apiserver_port() const { return port("SANDBOX_APISERVER_PORT"); }
    /// A line of `scripts/sandbox env`. Throws where there is none.
    std::string const& setting(std::string const& name) const { return settings_.at(name); }
    unsigned short etcd_port() const { return port("SANDBOX_ETCD_PORT"); }

    std::filesystem::path folder() const { return settings_.at("SANDBOX_DIR"); }
    std::filesystem::path kubeconfig() const { return settings_.at("KUBECONFIG"); }
    std::filesystem::path audit_log() const { return folder() / "logs" / "audit.log"; }

private:
    void prepare(bool installs);
    void keep_logs() const;
    unsigned short port(std::string const& setting) const;

    std::string name_;
    std::vector<std::string> start_words_;
    std::map<std::string, std::string> settings_;
};

/// A component that stands still as long as this lives.
class paused
{
public:
    paused(sandbox const& where, std::string component) : where_(where), component_(std::move(component))
    {
        where_.kill(component_, "STOP");
    }
    ~paused();
    paused(paused const&) = delete;
    paused& operator=(paused const&) = delete;

private:
    sandbox const& where_;
    std::string component_;
};

/// The repository.
std::filesystem::path source_folder();

/// A kubeconfig for the server at this URL; `user` is the user's body in flow style, such as "tokenFile: token".
std::string kubeconfig_text(
    std::string const& server, std::filesystem::path const& authority, std::string const& user
);

}  // namespace tcr::test
