#define BOOST_TEST_MODULE tcr_assistant_integration
#include <boost/test/unit_test.hpp>
