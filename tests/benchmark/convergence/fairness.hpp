// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fixture.hpp"
#include "report.hpp"

namespace tcr::benchmark
{

/// Measures new namespaces, reviews and lease renewals while the controller has much work: an edit of a
/// credential in all namespaces.
void measure_fairness(fixture& on, report& into);

}  // namespace tcr::benchmark
