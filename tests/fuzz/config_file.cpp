// SPDX-License-Identifier: Apache-2.0

// Parser of the controller's configuration file.
#include "config_file.hpp"

#include "fuzz_target.hpp"

#include <array>

TCR_FUZZ_TARGET(config_file)
{
    using namespace tcr;
    static std::array<std::string, 4> const keys{"log-level", "kubeconfig", "web-hook", "resync-period"};
    auto const settings = app::parse_config_file("config /path", std::string(bytes), keys);
    if (!settings)
    {
        fuzz::require(fuzz::is_one_line(settings.error().message()), "an error is one line");
        return;
    }
    for (auto const& each : *settings)
        fuzz::require(
            std::find(keys.begin(), keys.end(), each.key) != keys.end(), "only known keys are read"
        );
    app::nearest_name(bytes.substr(0, 64), keys);
}
