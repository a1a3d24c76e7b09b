#pragma once

#include "option_values.hpp"

#include <string>
#include <utility>
#include <vector>

// Options that several commands have in common.
namespace tcr::app
{

/// How to reach the cluster: fills `cluster` of the command.
template <class Command>
void add_cluster_options(std::vector<basic_option<Command>>& table)
{
    table.push_back(make_option<Command>(
        "kubeconfig",
        "FILE",
        "how to reach the cluster; else $KUBECONFIG, else the pod's own service account",
        effect::on_restart,
        [](auto& c) -> auto& { return c.cluster.kubeconfig; }
    ));
    table.push_back(make_option<Command>(
        "context",
        "NAME",
        "context of the kubeconfig; default its current-context",
        effect::on_restart,
        [](auto& c) -> auto& { return c.cluster.context; }
    ));
}

/// The namespace of the software: fills `own_namespace`. `whose` is what the help calls its owner.
template <class Command>
void add_namespace_option(std::vector<basic_option<Command>>& table, std::string const& whose)
{
    table.push_back(make_option<Command>(
        "namespace",
        "NAME",
        "namespace of " + whose + "; default the pod's own, else tcr-assistant-system",
        effect::on_restart,
        [](auto& c) -> auto& { return c.own_namespace; },
        namespace_name
    ));
}

/// How to print: fills `output`.
template <class Command>
void add_output_option(std::vector<basic_option<Command>>& table)
{
    table.push_back(make_option<Command>(
        "output",
        "table|json|yaml",
        "form of the output",
        effect::on_restart,
        [](auto& c) -> auto& { return c.output; },
        output_word
    ));
    table.back().letter = "o";
}

/// How to log: fills `level` and `format`.
template <class Command>
void add_log_options(std::vector<basic_option<Command>>& table)
{
    table.push_back(make_option<Command>(
        "log-level",
        "LEVEL",
        "debug, info, warning or error",
        effect::on_restart,
        [](auto& c) -> auto& { return c.level; },
        level_word
    ));
    table.push_back(make_option<Command>(
        "log-format",
        "FORMAT",
        "text or json",
        effect::on_restart,
        [](auto& c) -> auto& { return c.format; },
        format_word
    ));
}

}  // namespace tcr::app
