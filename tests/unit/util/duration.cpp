// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/duration.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>

namespace duration_test
{

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using tcr::parse_duration;
using tcr::to_text;

BOOST_AUTO_TEST_SUITE(duration)

BOOST_AUTO_TEST_CASE(text_becomes_a_duration)
{
    std::pair<char const*, milliseconds> const cases[] = {
        {"0", 0ms},
        {"0s", 0ms},
        {"0h0m", 0ms},
        {"0.0h", 0ms},
        {"15s", 15s},
        {"015s", 15s},
        {"1h30m", 90min},
        {"30m1h", 90min},
        {"1s1s", 2s},
        {"500ms", 500ms},
        {"1m500ms", 60'500ms},
        {"90s", 90s},
        {"1.5h", 90min},
        {".5s", 500ms},
        {"1.s", 1s},
        {"0.001s", 1ms},
        {"1.500000000000s", 1500ms},
        {"0.000125h", 450ms},
        {"0.0000025h", 9ms},
        {"1.0ms", 1ms},
        {"876000h", 876'000h},
    };
    for (auto const& [text, expected] : cases)
    {
        auto const parsed = parse_duration(text);
        BOOST_TEST_REQUIRE(parsed.has_value(), text << " " << (parsed ? "" : parsed.error().detail));
        BOOST_TEST(parsed->count() == expected.count(), text);
    }
}

BOOST_AUTO_TEST_CASE(other_text_is_refused_with_a_hint)
{
    std::pair<char const*, char const*> const cases[] = {
        {"", "is not a duration; write one like 15s"},
        {" ", "is not a duration"},
        {"s", "is not a duration"},
        {".", "is not a duration"},
        {".s", "is not a duration"},
        {"15 s", "is not a duration"},
        {" 15s", "is not a duration"},
        {"15s ", "is not a duration"},
        {"1h 30m", "is not a duration"},
        {"1..5s", "is not a duration"},
        {"+15s", "is not a duration"},
        {"soon", "is not a duration"},
        {"1e3s", "is not a duration"},
        {"15", "has no unit; write one after the number: h, m, s or ms, like 15s"},
        {"00", "has no unit"},
        {"0.0", "has no unit"},
        {"1h30", "has no unit"},
        {"5d", "has a unit that is none of h, m, s, ms"},
        {"5S", "has a unit that is none of h, m, s, ms"},
        {"5us", "has a unit that is none of h, m, s, ms"},
        {"5sec", "has a unit that is none of h, m, s, ms"},
        {"-15s", "is negative; write 0s or more"},
        {"1s-1s", "is not a duration"},
        {"0.5ms", "is finer than a millisecond"},
        {"0.05ms", "is finer than a millisecond"},
        {"1.0001s", "is finer than a millisecond"},
        {"0.0000001h", "is finer than a millisecond"},
        {"0.000000000000000000000000001h", "is finer than a millisecond"},
        {"876001h", "is longer than 100 years"},
        {"876000h1ms", "is longer than 100 years"},
        {"876000.5h", "is longer than 100 years"},
        {"18446744073709551615ms", "is longer than 100 years"},
        {"18446744073709551616ms", "is longer than 100 years"},
        {"99999999999999999999999999h", "is longer than 100 years"},
    };
    for (auto const& [text, part] : cases)
    {
        auto const parsed = parse_duration(text);
        BOOST_TEST_REQUIRE(parsed.has_error(), "'" << text << "' is taken");
        BOOST_TEST(parsed.error().code == make_error_code(boost::system::errc::invalid_argument));
        BOOST_TEST(parsed.error().detail.find(part) == 0u, "'" << text << "' " << parsed.error().detail);
    }
}

BOOST_AUTO_TEST_CASE(a_duration_becomes_its_shortest_text)
{
    std::pair<milliseconds, char const*> const cases[] = {
        {0ms, "0s"},
        {1ms, "1ms"},
        {999ms, "999ms"},
        {1s, "1s"},
        {1500ms, "1s500ms"},
        {290s, "4m50s"},
        {1h, "1h"},
        {90min, "1h30m"},
        {1h + 1ms, "1h1ms"},
        {1h + 2min + 3s + 4ms, "1h2m3s4ms"},
        {876'000h, "876000h"},
    };
    for (auto const& [value, text] : cases)
        BOOST_TEST(to_text(value) == text);
}

BOOST_AUTO_TEST_CASE(what_is_printed_is_read_back)
{
    // The step is not a round number, so that all combinations of units occur.
    for (std::int64_t count = 0; count < 20'000'000; count += 7'919)
        BOOST_TEST(parse_duration(to_text(milliseconds(count))).value().count() == count);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace duration_test
