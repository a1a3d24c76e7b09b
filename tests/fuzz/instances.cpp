// SPDX-License-Identifier: Apache-2.0

// Parser of the list of instances (--instances-file).
#include "fuzz_target.hpp"
#include "instance_file.hpp"

TCR_FUZZ_TARGET(instances)
{
    using namespace tcr;
    auto const list = instances::parse_instances("instances file /path", std::string(bytes));
    if (!list)
    {
        fuzz::require(fuzz::is_one_line(list.error().message()), "an error is one line");
        return;
    }
    for (auto const& each : list->instances)
        fuzz::require(!each.id.id.empty() && !each.id.region.empty(), "an instance has id and region");
    for (auto const& each : list->image_pull_secrets)
        fuzz::require(!each.name.empty(), "an ImagePullSecret has a name");
}
