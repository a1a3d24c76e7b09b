// SPDX-License-Identifier: Apache-2.0
#pragma once

// Records the statuses that unit tests produce, for the check with kstatus (tests/packaging/statuses.py).

#include <tcr/controller/image_pull_secret.hpp>

#include <boost/json.hpp>

#include <cstdlib>
#include <fstream>

namespace tcr::controller
{

/// Appends the object with this status to the file $TCR_STATUS_RECORD, as one line of JSON. Does nothing if
/// the variable is not set.
inline void record_state(image_pull_secret const& cr, image_pull_secret_status const& status)
{
    char const* const file = std::getenv("TCR_STATUS_RECORD");
    if (file == nullptr)
        return;
    auto object = boost::json::parse(status_patch(status)).as_object();
    object["apiVersion"] = "tcr.tencentcloudcr.com/v1";
    object["kind"] = "ImagePullSecret";
    object["metadata"] = boost::json::object{{"name", cr.name}, {"generation", cr.generation}};
    std::ofstream(file, std::ios::app) << boost::json::serialize(object) << '\n';
}

}  // namespace tcr::controller
