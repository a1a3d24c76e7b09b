#pragma once

#include "fixture.hpp"
#include "report.hpp"

namespace tcr::benchmark
{

/// What is new, reviewed and renewed while the controller is at a mass of work: a credential edit over all namespaces.
void measure_fairness(fixture& on, report& into);

}  // namespace tcr::benchmark
