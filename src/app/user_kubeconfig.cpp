// SPDX-License-Identifier: Apache-2.0
#include "user_kubeconfig.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tcr::app
{

kube::config_source user_kubeconfig(kube::config_source asked)
{
    auto const* home = std::getenv("HOME");
    if (kube::has_config(asked) || home == nullptr || *home == '\0')
        return asked;
    auto file = std::filesystem::path(home) / ".kube" / "config";
    std::error_code ec;
    if (std::filesystem::exists(file, ec))
        asked.kubeconfig = std::move(file);
    return asked;
}

}  // namespace tcr::app
