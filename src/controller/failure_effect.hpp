// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides how a failed step affects its run. `runtime::work_queue` decides when the run is retried.

#include <tcr/runtime/work_queue.hpp>
#include <tcr/util/error.hpp>

#include <optional>
#include <string_view>

namespace tcr::controller
{

struct failure_effect
{
    std::optional<runtime::work_outcome::end> how;  ///< new outcome of the run; nullopt: unchanged
    bool ends_run = false;                          ///< true if further steps would fail, too
    std::string_view reason = {};                   ///< for status, Event and log; empty: not reported
    runtime::push_back pushed_back = runtime::push_back::none;
};

/// The effect of a failed step on its run. Pure.
failure_effect effect_of(error const& failure);

}  // namespace tcr::controller
