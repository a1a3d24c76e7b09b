#pragma once

#include <boost/test/tools/assertion_result.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace tcr::test
{

/// Whether something holds, and if not, what is wrong with it: `BOOST_TEST` prints the sentence.
using verdict = boost::test_tools::assertion_result;

/// The verdict "no", with its reason.
verdict wrong(std::string const& why);

/// Asks until `holds` says yes, or until `limit` is over: then its last no. An API error counts as a no, since
/// the server may be on its way down or up.
verdict eventually(
    std::function<verdict()> const& holds, std::chrono::milliseconds limit = std::chrono::seconds(20)
);

/// Does nothing for as long.
void let_pass(std::chrono::milliseconds time);

}  // namespace tcr::test
