#include "user_kubeconfig.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tcr::app
{

kube::config_source user_kubeconfig(kube::config_source asked)
{
    auto const is_set = [](char const* name)
    {
        auto const* value = std::getenv(name);
        return value != nullptr && *value != '\0';
    };
    if (!asked.kubeconfig.empty() || is_set("KUBECONFIG") || is_set("KUBERNETES_SERVICE_HOST") ||
        !is_set("HOME"))
        return asked;
    auto file = std::filesystem::path(std::getenv("HOME")) / ".kube" / "config";
    std::error_code ec;
    if (std::filesystem::exists(file, ec))
        asked.kubeconfig = std::move(file);
    return asked;
}

}  // namespace tcr::app
