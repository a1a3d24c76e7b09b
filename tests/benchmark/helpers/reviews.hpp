#pragma once

#include <string>

namespace tcr::benchmark
{

/// The body by which the API server asks about a ServiceAccount that is about to be created, as of 1.36.
std::string account_review(std::string const& ns, std::string const& name);

/// The same of an ImagePullSecret that matches everything.
std::string cr_review(std::string const& name);

}  // namespace tcr::benchmark
