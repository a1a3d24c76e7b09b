// Parsed once, for all test programs: what the modules have, and Boost.Test.
#pragma once

#include "../cmake/precompiled.hpp"

#include <boost/test/unit_test.hpp>
