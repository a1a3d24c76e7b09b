// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tcr::benchmark
{

/// Counts of the controller's calls to the API server, by verb and by status.
class api_calls
{
public:
    api_calls() = default;

    /// Parses a metrics page in Prometheus' text format.
    /// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    explicit api_calls(std::string_view metrics_page);

    /// Returns the calls after `earlier`: the difference of the counts.
    api_calls since(api_calls const& earlier) const;

    std::map<std::string, std::uint64_t> by_verb() const;

    /// The number of successful writes: any verb except GET, answered with 2xx.
    std::uint64_t writes() const;

    /// Text such as "12 GET 200, 3 PATCH 409".
    std::string text() const;

    /// An object such as {"GET 200": 12}.
    boost::json::object json() const;

private:
    using verb_and_status = std::pair<std::string, std::string>;

    std::map<verb_and_status, std::uint64_t> counts_;
};

}  // namespace tcr::benchmark
