#pragma once

#include "fixture.hpp"
#include "report.hpp"

namespace tcr::benchmark
{

/// Measures new namespaces, reviews and lease renewals during a large amount of work: a credential edit over
/// all namespaces.
void measure_fairness(fixture& on, report& into);

}  // namespace tcr::benchmark
