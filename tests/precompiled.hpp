// SPDX-License-Identifier: Apache-2.0

// Headers that all test programs use: those of the modules, and Boost.Test. Precompiled once.
#pragma once

#include "../cmake/precompiled.hpp"

#include <boost/test/unit_test.hpp>
