#pragma once

#include "latencies.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace tcr::benchmark
{

double mib(std::uint64_t bytes);

/// As it is written to JSON: three decimals.
double rounded(double value);

/// The figures: a table for people that grows on standard output, and the same as one JSON object.
class report
{
public:
    /// A line of its own, for people only.
    void say(std::string const& text) const;

    /// A figure or setting beside the parts, for programs only.
    void add(std::string const& key, boost::json::value value);

    /// A part of the table, and of the JSON object: what follows belongs to it.
    void begin(std::string const& key, std::string const& title);

    /// One figure, a row of the table. `decimals` is for people.
    void figure(
        std::string const& key,
        std::string const& what,
        double value,
        int decimals,
        std::string const& unit = {}
    );

    /// The same of what is counted.
    void count(
        std::string const& key, std::string const& what, std::int64_t number, std::string const& unit = {}
    );

    /// A row of percentiles.
    void spread(std::string const& key, std::string const& what, latencies const& lengths);

    /// A row that is words for people, and something else for programs.
    void row(
        std::string const& key, std::string const& what, std::string const& words, boost::json::value value
    );

    /// For programs only, in the present part.
    void put(std::string const& key, boost::json::value value);

    boost::json::object const& figures() const { return figures_; }

private:
    std::string part_;
    boost::json::object figures_;
};

}  // namespace tcr::benchmark
