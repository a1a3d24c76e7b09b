// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"
#include <tcr/app/rbac_command.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/controller/secret_access.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/util/strings.hpp>

#include <boost/algorithm/string/replace.hpp>

#include <algorithm>
#include <string_view>

namespace tcr::app
{
namespace
{

namespace po = boost::program_options;

/// The manifest for one ImagePullSecret. `rbac_manifest` replaces VERBS, NAME and OWN_NAMESPACE.
constexpr std::string_view role_template = R"(apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: tcr-assistant-secret-NAME
  labels:
    app.kubernetes.io/component: secret-access
    app.kubernetes.io/name: tcr-assistant
    app.kubernetes.io/part-of: tcr-assistant
rules:
  # With this name, list and watch return only the Secrets of this name, in all namespaces.
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: [tcr.ipsNAME]
    verbs: [VERBS]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: tcr-assistant-secret-NAME
  labels:
    app.kubernetes.io/component: secret-access
    app.kubernetes.io/name: tcr-assistant
    app.kubernetes.io/part-of: tcr-assistant
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: tcr-assistant-secret-NAME
subjects:
  - kind: ServiceAccount
    name: tcr-assistant-controller-manager
    namespace: OWN_NAMESPACE
)";

po::options_description described()
{
    rbac_command const defaults;
    po::options_description options("Options", 110, 55);
    auto add = options.add_options();
    add("help,h", "print this and exit");
    add("namespace,n",
        po::value<std::string>()->value_name("NAME")->default_value(defaults.own_namespace),
        "namespace of the controller");
    return options;
}

/// The option that collects the words without a flag. Its name contains blanks, because the option is not
/// meant to be used as a flag.
constexpr char const* names_option = "NAME of ImagePullSecret";

/// The options that the help shows, and `names_option`.
po::options_description with_names()
{
    auto options = described();
    options.add_options()(names_option, po::value<std::vector<std::string>>());
    return options;
}

}  // namespace

result<rbac_command> parse_rbac(std::vector<std::string> const& words)
{
    auto const bad = [](std::string text) { return error(kube::errc::bad_config, std::move(text)); };
    rbac_command command;
    po::variables_map values;
    try
    {
        po::positional_options_description names;
        names.add(names_option, -1);
        values = read_words(words, with_names(), names);
    }
    catch (po::error const& failure)
    {
        return bad(failure.what());
    }
    command.help = values.count("help") > 0;
    if (command.help)
        return command;
    command.own_namespace = values["namespace"].as<std::string>();
    if (!kube::is_label_name(command.own_namespace))
        return bad("--namespace: " + in_quotes(command.own_namespace, '\'') + ' ' + namespace_name.expected);
    if (values.count(names_option) > 0)
        command.names = values[names_option].as<std::vector<std::string>>();
    if (command.names.empty())
        return bad("no ImagePullSecret; write the NAME of one or more");
    for (auto const& name : command.names)
        if (!kube::is_object_name(name) || !kube::is_object_name(controller::secret_name(name)))
            return bad(
                in_quotes(name, '\'') +
                " is not the name of an ImagePullSecret; write small letters, digits, dots and dashes, at "
                "most 246"
            );
    std::ranges::sort(command.names);
    auto const repeated = std::ranges::unique(command.names);
    command.names.erase(repeated.begin(), repeated.end());
    return command;
}

std::string rbac_help(std::string const& program)
{
    return help_text(
        described(),
        "usage: " + program +
            " rbac NAME...\n\n"
            "Prints a ClusterRole and a ClusterRoleBinding for each ImagePullSecret NAME, for kubectl apply "
            "-f -.\n"
            "They let the controller access the Secrets of this ImagePullSecret where it may not access all\n"
            "Secrets. Reads no cluster.\n\n"
    );
}

std::vector<option_facts> rbac_options()
{
    rbac_command const defaults;
    return {
        {"help", "", false, false, "h"}, {"namespace", defaults.own_namespace, false, false, "n", "NAME"}};
}

std::string rbac_manifest(rbac_command const& command)
{
    std::string verbs;
    for (auto const verb : controller::secret_verbs)
        verbs.append(verbs.empty() ? "" : ", ").append(verb);
    std::string text;
    for (auto const& name : command.names)
    {
        std::string one(role_template);
        boost::replace_all(one, "VERBS", verbs);
        boost::replace_all(one, "OWN_NAMESPACE", command.own_namespace);
        boost::replace_all(one, "NAME", name);
        text.append(text.empty() ? "" : "---\n").append(one);
    }
    return text;
}

}  // namespace tcr::app
