// SPDX-License-Identifier: Apache-2.0
#pragma once

// Helpers that record successful and failed writes as the reconciler does.

#include <tcr/controller/recent_writes.hpp>
#include <tcr/util/strings.hpp>

#include <chrono>
#include <string>

namespace tcr::controller
{

inline constexpr auto of_secrets = &recent_writes::lists::secrets;
inline constexpr auto of_accounts = &recent_writes::lists::accounts;

inline void written(
    recent_writes& log,
    recent_writes::object_lists recent_writes::lists::*which,
    std::string const& cr,
    std::string const& ns,
    std::string const& object,
    std::chrono::system_clock::time_point when
)
{
    log.note(which, cr, {ns + "/" + object, tcr::rfc3339(when), {}, {}});
}

inline void failed(
    recent_writes& log,
    recent_writes::object_lists recent_writes::lists::*which,
    std::string const& cr,
    std::string const& ns,
    std::string const& object,
    std::string const& reason,
    std::string const& message,
    std::chrono::system_clock::time_point when
)
{
    log.note(which, cr, {ns + "/" + object, tcr::rfc3339(when), reason, message});
}

}  // namespace tcr::controller
