// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <boost/json.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace tcr::benchmark
{
namespace
{

void print_row(std::string const& what, std::string const& words)
{
    std::printf("    %-44s %s\n", what.c_str(), words.c_str());
}

}  // namespace

double mib(std::uint64_t bytes)
{
    return static_cast<double>(bytes) / 1024 / 1024;
}

double rounded(double value)
{
    return std::round(value * 1000) / 1000;
}

void report::print(std::string const& text) const
{
    std::printf("%s\n", text.c_str());
}

void report::add(std::string const& key, boost::json::value value)
{
    figures_[key] = std::move(value);
}

void report::begin(std::string const& key, std::string const& title)
{
    part_ = key;
    figures_[key] = boost::json::object();
    std::printf("\n%s\n", title.c_str());
}

void report::figure(
    std::string const& key, std::string const& what, double value, int decimals, std::string const& unit
)
{
    std::array<char, 64> words{};
    std::snprintf(words.data(), words.size(), "%10.*f %s", decimals, value, unit.c_str());
    print_row(what, words.data());
    put(key, rounded(value));
}

void report::count(
    std::string const& key, std::string const& what, std::int64_t number, std::string const& unit
)
{
    figure(key, what, static_cast<double>(number), 0, unit);
    put(key, number);
}

void report::spread(std::string const& key, std::string const& what, latencies const& lengths)
{
    std::array<char, 160> words{};
    std::snprintf(
        words.data(),
        words.size(),
        "p50 %.1f, p90 %.1f, p99 %.1f, max %.1f ms of %zu",
        lengths.percentile_ms(0.5),
        lengths.percentile_ms(0.9),
        lengths.percentile_ms(0.99),
        lengths.longest_ms(),
        lengths.count()
    );
    print_row(what, words.data());
    boost::json::object row;
    row["count"] = lengths.count();
    row["p50_ms"] = rounded(lengths.percentile_ms(0.5));
    row["p90_ms"] = rounded(lengths.percentile_ms(0.9));
    row["p99_ms"] = rounded(lengths.percentile_ms(0.99));
    row["max_ms"] = rounded(lengths.longest_ms());
    put(key, std::move(row));
}

void report::row(
    std::string const& key, std::string const& what, std::string const& words, boost::json::value value
)
{
    print_row(what, words);
    put(key, std::move(value));
}

void report::put(std::string const& key, boost::json::value value)
{
    figures_[part_].as_object()[key] = std::move(value);
}

}  // namespace tcr::benchmark
