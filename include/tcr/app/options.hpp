// SPDX-License-Identifier: Apache-2.0
#pragma once

// The options of the command `controller`, and their reload.

#include <tcr/admission/certificate_plan.hpp>
#include <tcr/controller/controller_options.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/registry/cloud_client.hpp>
#include <tcr/runtime/leadership.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace tcr::app
{

/// The options of `controller` about Tencent Cloud and registries.
struct cloud_command
{
    std::string tcr_endpoint = registry::cloud_options().url;
    std::string sts_endpoint = registry::identity_sources().sts_url;
    std::string metadata_endpoint = registry::identity_sources().metadata_url;  ///< "0": no metadata service

    /// Folder with the files secretId, secretKey and, for temporary keys, token. If the path is empty, or the
    /// folder has neither secretId nor secretKey, the keys come from other sources, see
    /// `registry::cloud_identity`.
    std::filesystem::path key_folder;

    std::filesystem::path ca_file;  ///< empty: the system's CA certificates
    std::string cluster_name;       ///< for descriptions of tokens; empty: the UID of namespace kube-system
};

/// Options of `tcr-assistant controller`. docs/operate/configuration.md explains each.
struct controller_command
{
    std::filesystem::path config;  ///< empty: no file
    kube::config_source cluster;
    kube::client_options client;
    controller::controller_options controller;
    cloud_command cloud;
    std::filesystem::path instances_file;  ///< empty: no instances
    std::chrono::milliseconds removal_delay{
        std::chrono::minutes{5}};                     ///< 0: no delay; see `instances::removal_state`
    std::string own_namespace;                        ///< empty: the pod's own, else `tcr-assistant-system`
    std::string metrics_bind_address = ":8080";       ///< "0": no server
    std::string health_probe_bind_address = ":8081";  ///< "0": no server
    std::string webhook_bind_address = ":9443";       ///< "0": no webhooks and no certificate
    std::vector<std::string> webhook_names;           ///< names in the certificate, besides the Service's
    std::chrono::seconds webhook_certificate_life = admission::certificate_policy().life;
    bool leader_elect = true;
    runtime::leader_election_options leader_election;
    std::chrono::milliseconds shutdown_grace{
        std::chrono::seconds{20}};  ///< max time from SIGTERM to the end of the process
    log_level level = log_level::info;
    log_format format = log_format::text;
    bool help = false;
};

/// Parses the words after "controller", and the file that --config names. Flags override the file; the file
/// overrides defaults. With --help no other option is applied, and no file is read.
/// \par Errors `kube::errc::bad_config`; the message names the wrong flag, reports an unexpected word, or
/// names the file. For an error in the content of the file, the message also contains the line and, if there
/// is one, the key.
result<controller_command> parse_controller(std::vector<std::string> const& words);

/// All options of `controller` with units and defaults.
std::string controller_help();

/// What the reference page shows about an option.
struct option_facts
{
    std::string name;             ///< without leading dashes; also the key in a configuration file
    std::string default_value;    ///< empty: by default, the option is not set
    bool in_file = true;          ///< whether a configuration file may set the option
    bool reloadable = false;      ///< whether a reload applies a changed value
    std::string letter = {};      ///< the short name; empty: none
    std::string value_name = {};  ///< placeholder of the value in the help: "FILE", or "a|b" for a choice
};

/// Every option of `controller`, in the order of the help.
std::vector<option_facts> controller_options();

/// An option whose value differs between two `controller_command` objects. `before` and `after` have the form
/// of a flag's value.
struct option_change
{
    std::string name;
    std::string before;
    std::string after;
    bool reloadable = false;  ///< true: a reload applies the change; false: the change needs a restart
};

/// The options whose values differ, in the order of the help.
std::vector<option_change> changes(controller_command before, controller_command after);

/// Holds the options that the running controller uses, and reloads those that may change at run time.
class reloadable_config
{
public:
    /// `started` must be the result of parsing `words`.
    reloadable_config(std::vector<std::string> words, controller_command started)
        : words_(std::move(words)), current_(std::move(started))
    {
    }

    /// The options in use: the values at the start, and later changes of reloadable options.
    controller_command const& current() const { return current_; }

    /// Parses the words and the file again, and applies changes of reloadable options to `current`. Other
    /// options keep their values in `current`, so the next reload returns their changes again.
    /// \return the differences from the previous `current`.
    /// \par Errors as `parse_controller`; `current` then stays unchanged.
    result<std::vector<option_change>> reload();

private:
    std::vector<std::string> words_;
    controller_command current_;
};

}  // namespace tcr::app
