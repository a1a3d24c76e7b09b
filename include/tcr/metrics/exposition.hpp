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

/// One name and value that distinguish a series from others of its family.
struct label
{
    std::string_view name;
    std::string_view value;
};

/// A page in Prometheus' text format 0.0.4, built for each scrape from the numbers that the program holds.
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/.
///
/// Families keep the order of their first use. All series of a family must have the same type and distinct
/// labels. Label values may hold any text. Names and help texts are constants of this program, so a malformed
/// name, a help text with a line break or backslash, or a series added twice is a bug. \par Errors asserted.
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

    /// Adds a number that only grows while the process runs; `name` ends with "_total".
    void counter(std::string_view name, std::string_view help, labels which, double value);
    void counter(std::string_view name, std::string_view help, double value)
    {
        counter(name, help, {}, value);
    }

    /// Adds a number that may go up and down.
    void gauge(std::string_view name, std::string_view help, labels which, double value);
    void gauge(std::string_view name, std::string_view help, double value) { gauge(name, help, {}, value); }

    /// Adds a histogram; `name` contains the unit of its values.
    void histogram(std::string_view name, std::string_view help, labels which, tcr::histogram const& values);
    void histogram(std::string_view name, std::string_view help, tcr::histogram const& values)
    {
        histogram(name, help, {}, values);
    }

    /// The page, written into one string.
    std::string text() const;

private:
    prometheus::ClientMetric& add(
        std::string_view name, std::string_view help, prometheus::MetricType type, labels which
    );

    std::vector<prometheus::MetricFamily> families_;
};

}  // namespace tcr::metrics
