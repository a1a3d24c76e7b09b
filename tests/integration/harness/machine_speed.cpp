// SPDX-License-Identifier: Apache-2.0
#include "machine_speed.hpp"

#include <tcr/util/cpu_time.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>

namespace tcr::test
{
namespace
{

namespace json = boost::json;
using steady_clock = std::chrono::steady_clock;

/// The time of the work on the machine on which the limits were chosen.
constexpr std::chrono::duration<double> reference{0.025};

constexpr int accounts_parsed = 12'000;

/// A list of ServiceAccounts, because the event loop spends most of its CPU time on such lists.
std::string list_of_accounts()
{
    std::string text = "[";
    for (int i = 0; i < accounts_parsed; ++i)
        text += (i == 0 ? "" : ",") +
                (R"({"metadata":{"name":"default","namespace":"team-)" + std::to_string(i)) +
                R"(","uid":"0b2e9f63-5a0c-4a0e-9d5a-9a4a3f5d7c11","resourceVersion":"1234567"},)"
                R"("imagePullSecrets":[{"name":"tcr.ipsone"},{"name":"tcr.ipstwo"}]})";
    return text + ']';
}

/// CPU time and elapsed time of the work.
struct work_time
{
    std::chrono::duration<double> cpu;
    std::chrono::duration<double> elapsed;
};

work_time measure()
{
    static auto const text = list_of_accounts();
    auto const cpu_start = thread_cpu_time();
    auto const start = steady_clock::now();
    auto const size = json::serialize(json::parse(text)).size();
    work_time const time{thread_cpu_time() - cpu_start, steady_clock::now() - start};
    if (size != text.size())
        throw std::logic_error("the serialized list and its text differ in size");
    return time;
}

}  // namespace

double processor_slowness()
{
    static double const slowness =
        std::max(1.0, std::min({measure().cpu, measure().cpu, measure().cpu}) / reference);
    return slowness;
}

double elapsed_slowness()
{
    return std::max(1.0, measure().elapsed / reference);
}

std::chrono::milliseconds scaled_limit(std::chrono::milliseconds limit)
{
    return std::chrono::round<std::chrono::milliseconds>(limit * elapsed_slowness());
}

}  // namespace tcr::test
