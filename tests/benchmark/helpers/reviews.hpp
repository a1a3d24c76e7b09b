// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace tcr::benchmark
{

/// The AdmissionReview that the API server (1.36) sends for a new ServiceAccount.
std::string account_review(std::string const& ns, std::string const& name);

/// The AdmissionReview that the API server sends for a new ImagePullSecret that matches all accounts.
std::string cr_review(std::string const& name);

}  // namespace tcr::benchmark
