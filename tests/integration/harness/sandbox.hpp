// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "child_process.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tcr::test
{

/// A control plane with an audit log. scripts/sandbox starts it, and the destructor stops it. If
/// $TCR_TEST_LOGS is set, the destructor copies the logs to that folder.
class sandbox
{
public:
    /// Starts the sandbox and installs the CRD and the RBAC objects. `purpose` becomes part of its name.
    /// `apiserver_flags` are additional flags of the API server. Throws on failure.
    explicit sandbox(std::string const& purpose, std::vector<std::string> const& apiserver_flags = {});

    /// Starts the sandbox with a node and installs nothing.
    struct with_node
    {
    };
    sandbox(std::string const& purpose, with_node);

    ~sandbox();
    sandbox(sandbox const&) = delete;
    sandbox& operator=(sandbox const&) = delete;

    /// Runs a subcommand of scripts/sandbox. Remembers each token that the subcommand creates as a secret.
    /// \return the standard output. Throws if the subcommand fails.
    std::string run(std::vector<std::string> const& words) const;

    /// Runs kubectl as the administrator. Does not throw if kubectl fails. `input` is the standard input of
    /// kubectl.
    command_result try_kubectl(
        std::vector<std::string> const& words,
        std::string const& input = {},
        std::vector<std::string> const& environment = {}
    ) const;

    /// Like `try_kubectl`, but throws if kubectl fails. \return the standard output
    std::string kubectl(std::vector<std::string> const& words, std::string const& input = {}) const;

    /// Sends a signal to a component, such as apiserver, etcd or controller-manager.
    void kill(std::string const& component, std::string const& signal = "KILL") const;

    /// Starts the components that are not running.
    void start() const;

    /// Starts another API server on the same data, as the component apiserver-ID. `etcd_port` is the port of
    /// a proxy before etcd; 0: no proxy. `version` is the minor version of Kubernetes; empty: the sandbox's
    /// version. \return the port of the API server
    unsigned short start_apiserver(
        std::string const& id, unsigned short etcd_port = 0, std::string const& version = {}
    ) const;
    void stop_apiserver(std::string const& id) const;

    unsigned short apiserver_port() const { return port("SANDBOX_APISERVER_PORT"); }
    /// The value of a line of `scripts/sandbox env`. Throws if the line is missing.
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

/// Pauses a component while this object exists.
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

/// The minor version of the API server, such as 30 for $TCR_KUBERNETES=1.30; large for the newest one.
int minor_version();

/// The root of the repository.
std::filesystem::path source_folder();

/// The text of a kubeconfig for the server at this URL. `user` contains the fields of the user in YAML flow
/// style, such as "tokenFile: token".
std::string kubeconfig_text(
    std::string const& server, std::filesystem::path const& authority, std::string const& user
);

}  // namespace tcr::test
