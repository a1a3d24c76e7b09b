#pragma once

#include "latencies.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace tcr::benchmark
{

double mib(std::uint64_t bytes);

/// Rounds to three decimals, as in the JSON.
double rounded(double value);

/// The measured values: a table for readers, printed row by row to standard output, and the same as one JSON
/// object.
class report
{
public:
    /// Prints a line that is not in the JSON.
    void print(std::string const& text) const;

    /// Adds a value or setting to the JSON only, outside of the parts.
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

    /// The same for a count.
    void count(
        std::string const& key, std::string const& what, std::int64_t number, std::string const& unit = {}
    );

    /// A row of percentiles.
    void spread(std::string const& key, std::string const& what, latencies const& lengths);

    /// Adds a row with a text for the table and a value for the JSON.
    void row(
        std::string const& key, std::string const& what, std::string const& words, boost::json::value value
    );

    /// Adds a value to the present part of the JSON only.
    void put(std::string const& key, boost::json::value value);

    boost::json::object const& figures() const { return figures_; }

private:
    std::string part_;
    boost::json::object figures_;
};

}  // namespace tcr::benchmark
