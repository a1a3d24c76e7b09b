// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "latencies.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace tcr::benchmark
{

double mib(std::uint64_t bytes);

/// Rounds to three decimals, as the JSON does.
double rounded(double value);

/// The measured values: as a table, which is printed row by row to standard output, and as one JSON object.
class report
{
public:
    /// Prints a line that is not in the JSON.
    void print(std::string const& text) const;

    /// Adds a value or setting to the top level of the JSON. The table does not contain the value.
    void add(std::string const& key, boost::json::value value);

    /// Begins a part of the table and of the JSON object.
    void begin(std::string const& key, std::string const& title);

    /// Adds one value as a row. `decimals` applies to the table only.
    void figure(
        std::string const& key,
        std::string const& what,
        double value,
        int decimals,
        std::string const& unit = {}
    );

    /// Adds one integer as a row.
    void count(
        std::string const& key, std::string const& what, std::int64_t number, std::string const& unit = {}
    );

    /// Adds a row with percentiles.
    void spread(std::string const& key, std::string const& what, latencies const& lengths);

    /// Adds a row with a text for the table and a value for the JSON.
    void row(
        std::string const& key, std::string const& what, std::string const& words, boost::json::value value
    );

    /// Adds a value to the current part of the JSON. The table does not contain the value.
    void put(std::string const& key, boost::json::value value);

    boost::json::object const& figures() const { return figures_; }

private:
    std::string part_;
    boost::json::object figures_;
};

}  // namespace tcr::benchmark
