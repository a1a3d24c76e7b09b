// SPDX-License-Identifier: Apache-2.0
#include <tcr/metrics/exposition.hpp>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cassert>
#include <sstream>
#include <utility>

namespace tcr::metrics
{
namespace
{

// Source of the rules for names: https://prometheus.io/docs/concepts/data_model/. Reserved label names: those
// that begin with two underscores (for Prometheus), "le" (buckets of histograms) and "quantile" (summaries).
[[maybe_unused]] bool is_metric_name(std::string_view text)
{
    constexpr std::string_view all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:0123456789";
    return !text.empty() && text.find_first_of("0123456789") != 0 && text.find_first_not_of(all) == text.npos;
}

[[maybe_unused]] bool is_label_name(std::string_view text)
{
    return is_metric_name(text) && text.find(':') == text.npos && !text.starts_with("__") && text != "le" &&
           text != "quantile";
}

}  // namespace

exposition::exposition() = default;
exposition::~exposition() = default;

prometheus::ClientMetric& exposition::add(
    std::string_view name, std::string_view help, prometheus::MetricType type, labels which
)
{
    assert(is_metric_name(name));
    assert(help.find_first_of("\\\n") == std::string_view::npos && "the serializer does not escape it");
    // Searches backwards, because most series belong to the family that was added last.
    auto family = std::find_if(
        families_.rbegin(), families_.rend(), [&](auto const& each) { return each.name == name; }
    );
    if (family == families_.rend())
    {
        auto& fresh = families_.emplace_back();
        fresh.name = name;
        fresh.help = help;
        fresh.type = type;
        family = families_.rbegin();
    }
    assert(family->type == type && "one family, one type");

    prometheus::ClientMetric series;
    series.label.reserve(which.size());
    for (auto const& each : which)
    {
        assert(is_label_name(each.name));
        auto& added = series.label.emplace_back();
        added.name = each.name;
        added.value = each.value;
    }
    assert(
        std::ranges::none_of(family->metric, [&](auto const& each) { return each.label == series.label; }) &&
        "a series is added once"
    );
    family->metric.push_back(std::move(series));
    return family->metric.back();
}

void exposition::counter(std::string_view name, std::string_view help, labels which, double value)
{
    add(name, help, prometheus::MetricType::Counter, which).counter.value = value;
}

void exposition::gauge(std::string_view name, std::string_view help, labels which, double value)
{
    add(name, help, prometheus::MetricType::Gauge, which).gauge.value = value;
}

void exposition::histogram(
    std::string_view name, std::string_view help, labels which, tcr::histogram const& values
)
{
    auto& series = add(name, help, prometheus::MetricType::Histogram, which).histogram;
    series.sample_count = values.count();
    series.sample_sum = values.sum();
    series.bucket.reserve(values.upper_bounds().size());
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < values.upper_bounds().size(); ++i)
    {
        so_far += values.counts()[i];
        auto& bucket = series.bucket.emplace_back();
        bucket.cumulative_count = so_far;
        bucket.upper_bound = values.upper_bounds()[i];
    }
    // The serializer itself adds the bucket "+Inf".
}

std::string exposition::text() const
{
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families_);
    return std::move(out).str();
}

}  // namespace tcr::metrics
