#pragma once

#include "child_process.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tcr::test
{

/// A control plane that scripts/sandbox starts with an audit log; it stops with this object. If
/// $TCR_TEST_LOGS is set, it names a folder that gets a copy of the logs.
class sandbox
{
public:
    /// Starts the sandbox and installs the CRD and the RBAC objects. `purpose` becomes part of its name.
    /// Throws on failure.
    explicit sandbox(std::string const& purpose);

    /// Starts the sandbox with a node and installs nothing.
    struct with_node
    {
    };
    sandbox(std::string const& purpose, with_node);

    ~sandbox();
    sandbox(sandbox const&) = delete;
    sandbox& operator=(sandbox const&) = delete;

    /// Runs a subcommand of scripts/sandbox and remembers the tokens that it creates as secrets. \return its
    /// standard output. Throws if it fails.
    std::string run(std::vector<std::string> const& words) const;

    /// Runs kubectl as the administrator; it may fail. `input` is its standard input.
    command_result try_kubectl(
        std::vector<std::string> const& words,
        std::string const& input = {},
        std::vector<std::string> const& environment = {}
    ) const;

    /// Like `try_kubectl`, but throws if kubectl fails. \return its standard output
    std::string kubectl(std::vector<std::string> const& words, std::string const& input = {}) const;

    /// Sends a signal to a component: apiserver, etcd, controller-manager.
    void kill(std::string const& component, std::string const& signal = "KILL") const;

    /// Starts the components that are down.
    void start() const;

    /// Starts the component apiserver-ID, another API server on the same data. `etcd_port` is the port of a
    /// proxy before etcd. \return the port of the API server
    unsigned short start_apiserver(std::string const& id, unsigned short etcd_port = 0) const;
    void stop_apiserver(std::string const& id) const;

    unsigned short apiserver_port() const { return port("SANDBOX_APISERVER_PORT"); }
    /// A line of `scripts/sandbox env`. Throws if it is missing.
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

/// Pauses a component as long as this object lives.
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

/// The root of the repository.
std::filesystem::path source_folder();

/// A kubeconfig for the server at this URL. `user` is the user's body in flow style, such as "tokenFile:
/// token".
std::string kubeconfig_text(
    std::string const& server, std::filesystem::path const& authority, std::string const& user
);

}  // namespace tcr::test
