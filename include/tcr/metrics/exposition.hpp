#pragma once

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

/// One name and value that tell a series from its siblings.
struct label
{
    std::string_view name;
    std::string_view value;
};

/// A page in Prometheus' text format 0.0.4, built anew for each scrape from the plain numbers that the
/// program keeps. Source: https://prometheus.io/docs/instrumenting/exposition_formats/.
///
/// Families keep the order of their first use; all series of a family must have the same type and each its
/// own labels. Label values may hold any text; everything else is fixed words of ours, so a malformed name, a
/// help text with a line break or backslash, or a series added twice is a bug. \par Errors asserted.
class exposition
{
public:
    using labels = std::initializer_list<label>;

    /// What an HTTP answer with this page calls it.
    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

    exposition();
    ~exposition();
    exposition(exposition const&) = delete;
    exposition& operator=(exposition const&) = delete;

    /// A number that only grows from the start of the process on; `name` ends by "_total".
    void counter(std::string_view name, std::string_view help, labels which, double value);
    void counter(std::string_view name, std::string_view help, double value)
    {
        counter(name, help, {}, value);
    }

    /// A number that may go up and down.
    void gauge(std::string_view name, std::string_view help, labels which, double value);
    void gauge(std::string_view name, std::string_view help, double value) { gauge(name, help, {}, value); }

    /// Values counted by size; `name` says their unit.
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
