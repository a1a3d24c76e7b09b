// SPDX-License-Identifier: Apache-2.0

// Reading of a dockerconfigjson that is distributed.
#include "fuzz_target.hpp"
#include <tcr/credentials/docker_config.hpp>

TCR_FUZZ_TARGET(docker_config)
{
    using namespace tcr::credentials;
    auto const read = read_docker_config(bytes);
    if (!read)
        return tcr::fuzz::require(
            tcr::fuzz::is_one_line(read.error().message()), "the reason of a refusal is one line"
        );
    tcr::fuzz::require(!read->logins.empty(), "a dockerconfigjson has a login");
    auto const again = read_docker_config(read->docker_config);
    tcr::fuzz::require(again && again->logins == read->logins, "what is distributed has the same logins");
}
