#pragma once

// What a failed step of a run means for the run.

#include <tcr/runtime/work_queue.hpp>
#include <tcr/util/error.hpp>

#include <optional>
#include <string_view>

namespace tcr::controller
{

struct failure_effect
{
    std::optional<runtime::work_outcome::end> how;  ///< how the run ends because of it; none: unchanged
    bool ends_run = false;                          ///< further steps would fail, too
    std::string_view reason = {};                   ///< for status, Event and log; empty: it is not reported
    runtime::push_back pushed_back = runtime::push_back::none;
};

/// Pure.
failure_effect effect_of(error const& failure);

}  // namespace tcr::controller
