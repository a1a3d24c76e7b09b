// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/test/tools/assertion_result.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace tcr::test
{

/// The result of a check: success, or failure with a reason that `BOOST_TEST` prints.
using verdict = boost::test_tools::assertion_result;

/// A failed verdict with its reason.
verdict wrong(std::string const& why);

/// Calls `holds` until it succeeds or `limit` has passed. \return the last verdict. An API error counts as a
/// failed verdict, because the server may be stopping or starting. For limits that a fault would exceed.
verdict within(std::chrono::milliseconds limit, std::function<verdict()> const& holds);

/// Like `within`. If this machine is slow when `limit` has passed, `limit` becomes longer once. For limits
/// that only end a hanging test.
verdict eventually(
    std::function<verdict()> const& holds, std::chrono::milliseconds limit = std::chrono::seconds(20)
);

/// Sleeps for this time.
void let_pass(std::chrono::milliseconds time);

}  // namespace tcr::test
