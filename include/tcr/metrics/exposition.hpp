// SPDX-License-Identifier: Apache-2.0
#pragma once

// A metrics page in Prometheus' text format.

#include <tcr/util/histogram.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus
{
struct ClientMetric;
struct MetricFamily;
enum class MetricType;
}  // namespace prometheus

namespace tcr::metrics
{

/// One label of a series. The labels of a series distinguish it from the other series of the same family.
struct label
{
    std::string_view name;
    std::string_view value;
};

/// A page in Prometheus' text format 0.0.4, built for each scrape from the numbers that the program holds.
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/.
///
/// Families keep the order of their first use. All series of a family must have the same type and distinct
/// labels. Label values may contain any text. Names and help texts are constants of this program.
/// \par Errors An assertion fails for a malformed name, a help text with a line break or a backslash, a
/// family with two types, and a series that is added twice.
class exposition
{
public:
    using labels = std::initializer_list<label>;

    /// The Content-Type of an HTTP response with this page.
    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

    exposition();
    ~exposition();
    exposition(exposition const&) = delete;
    exposition& operator=(exposition const&) = delete;

    /// Adds a counter: a number that never decreases while the process runs. `name` must end with "_total".
    void counter(std::string_view name, std::string_view help, labels which, double value);
    void counter(std::string_view name, std::string_view help, double value)
    {
        counter(name, help, {}, value);
    }

    /// Adds a gauge: a number that may increase and decrease.
    void gauge(std::string_view name, std::string_view help, labels which, double value);
    void gauge(std::string_view name, std::string_view help, double value) { gauge(name, help, {}, value); }

    /// Adds a histogram. `name` must contain the unit of the values, such as "seconds".
    void histogram(std::string_view name, std::string_view help, labels which, tcr::histogram const& values);
    void histogram(std::string_view name, std::string_view help, tcr::histogram const& values)
    {
        histogram(name, help, {}, values);
    }

    /// Returns the page as one string.
    std::string text() const;

private:
    prometheus::ClientMetric& add(
        std::string_view name, std::string_view help, prometheus::MetricType type, labels which
    );

    std::vector<prometheus::MetricFamily> families_;
};

}  // namespace tcr::metrics
