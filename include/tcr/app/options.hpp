#pragma once

#include <tcr/controller/controller.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <vector>

namespace tcr::app
{

/// What `tcr-assistant controller` was asked for.
struct controller_command
{
    kube::config_source cluster;
    kube::client_options client;
    controller::controller_options controller;
    log_level level = log_level::info;
    log_format format = log_format::text;
    bool help = false;
};

/// Reads the words after "controller". \par Errors a sentence that names the option.
result<controller_command> parse_controller(std::vector<std::string> const& words);

/// All options of `controller` with units and defaults.
std::string controller_help();

}  // namespace tcr::app
