// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

#include <ctime>
#include <random>

namespace strings_test
{

using namespace std::string_literals;
using namespace std::string_view_literals;
using std::chrono::system_clock;

using names = std::vector<std::string_view>;

BOOST_AUTO_TEST_SUITE(strings)

BOOST_AUTO_TEST_CASE(trim_takes_blanks_from_both_ends_only)
{
    BOOST_TEST(tcr::trim(" \t\r\na b\t c\n \r") == "a b\t c");
    BOOST_TEST(tcr::trim("x") == "x");
    BOOST_TEST(tcr::trim("") == "");
    BOOST_TEST(tcr::trim(" \t\r\n") == "");
}

BOOST_AUTO_TEST_CASE(a_cleared_text_keeps_little_memory_and_gives_back_much)
{
    std::string text(100, 'x');
    auto const before = text.capacity();
    tcr::clear_large(text);
    BOOST_TEST(text.empty());
    BOOST_TEST(text.capacity() == before);
    text.assign(1'000'000, 'x');
    tcr::clear_large(text);
    BOOST_TEST(text.empty());
    BOOST_TEST(text.capacity() < 100u);
}

BOOST_AUTO_TEST_CASE(split_names_drops_blanks_and_empty_parts)
{
    BOOST_TEST((tcr::split_names("a,b,c") == names{"a", "b", "c"}));
    BOOST_TEST((tcr::split_names(" a ,\tb\n,  c d ") == names{"a", "b", "c d"}));
    BOOST_TEST((tcr::split_names(",a,,b, ,") == names{"a", "b"}));
    BOOST_TEST((tcr::split_names("alone") == names{"alone"}));
    BOOST_TEST((tcr::split_names("a,b\n") == names{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(split_names_of_nothing_is_nothing)
{
    for (auto text : {""sv, ","sv, ",,,"sv, " "sv, " , ,\t"sv})
        BOOST_TEST(tcr::split_names(text).empty(), "'" << text << "'");
}

BOOST_AUTO_TEST_CASE(split_names_keeps_order_and_repetition_and_takes_any_separator)
{
    BOOST_TEST((tcr::split_names("b,a,b") == names{"b", "a", "b"}));
    BOOST_TEST((tcr::split_names("a,b\nc\n", '\n') == names{"a,b", "c"}));
}

BOOST_AUTO_TEST_CASE(split_names_gives_views_into_the_text)
{
    std::string const text = "ab, cd";
    auto const parts = tcr::split_names(text);
    BOOST_TEST_REQUIRE(parts.size() == 2u);
    BOOST_TEST((parts[1].data() == text.data() + 4));
}

BOOST_AUTO_TEST_CASE(whole_decimal_numbers_are_read)
{
    BOOST_TEST(tcr::parse_u64("0").value() == 0u);
    BOOST_TEST(tcr::parse_u64("007").value() == 7u);
    BOOST_TEST(tcr::parse_u64("18446744073709551615").value() == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(anything_else_is_no_number)
{
    for (auto text :
         {""sv,
          " 1"sv,
          "1 "sv,
          "+1"sv,
          "-1"sv,
          "1.0"sv,
          "0x10"sv,
          "1e3"sv,
          "12a"sv,
          "1\0"sv,
          "18446744073709551616"sv})
        BOOST_TEST(!tcr::parse_u64(text).has_value(), "'" << text << "'");
}

BOOST_AUTO_TEST_CASE(printable_leaves_clean_text_alone)
{
    BOOST_TEST(tcr::printable("all good: \"x\" = ü") == "all good: \"x\" = ü");
    BOOST_TEST(tcr::printable("") == "");
}

BOOST_AUTO_TEST_CASE(printable_turns_every_control_character_into_a_blank)
{
    for (int c = 0; c < 0x20; ++c)
        BOOST_TEST(tcr::printable("a"s + static_cast<char>(c) + "b") == "a b", "character " << c);
    BOOST_TEST(
        tcr::printable("a\x7f"
                       "b") == "a b"
    );
    for (int c = 0x80; c < 0xa0; ++c)
        BOOST_TEST(tcr::printable("a\xc2"s + static_cast<char>(c) + "b") == "a b", "C1 character " << c);
    BOOST_TEST(tcr::printable("a\xc2\xa0 ü") == "a\xc2\xa0 ü");
    BOOST_TEST(tcr::printable("line\r\nforged level=error") == "line  forged level=error");
}

BOOST_AUTO_TEST_CASE(json_quoted_escapes_every_control_character)
{
    BOOST_TEST(tcr::json_quoted("say \"ü\"\n") == R"("say \"ü\"\n")");
    BOOST_TEST(tcr::json_quoted("a\x7f\xc2\x80\xc2\x9f\xc2\xa0") == "\"a\\u007f\\u0080\\u009f\xc2\xa0\"");
}

BOOST_AUTO_TEST_CASE(printable_has_no_blanks_at_its_ends)
{
    BOOST_TEST(tcr::printable("\n one \n") == "one");
    BOOST_TEST(tcr::printable("\n\n") == "");
}

BOOST_AUTO_TEST_CASE(printable_cuts_what_is_too_long_and_shows_it)
{
    BOOST_TEST(tcr::printable("abcdef", 6) == "abcdef");
    BOOST_TEST(tcr::printable("abcdefg", 6) == "abcdef…");
    BOOST_TEST(tcr::printable(std::string(1000, 'x')) == std::string(300, 'x') + "…");
}

BOOST_AUTO_TEST_CASE(printable_cuts_between_characters_not_inside_one)
{
    BOOST_TEST(tcr::printable("aü", 2) == "a…");
    BOOST_TEST(tcr::printable("aüb", 3) == "aü…");
    BOOST_TEST(tcr::printable("€€", 4) == "€…");
    BOOST_TEST(tcr::printable("€€", 5) == "€…");
    BOOST_TEST(tcr::printable("😀!", 3) == "…");
    BOOST_TEST(tcr::printable("😀!", 4) == "😀…");
    // Text that is not UTF-8 can be cut at any byte. The part before the cut must remain.
    BOOST_TEST(tcr::printable(std::string(100, '\x80'), 50).size() > 40u);
}

BOOST_AUTO_TEST_CASE(url_encode_keeps_unreserved_characters_only)
{
    BOOST_TEST(tcr::url_encode("AZaz09-._~") == "AZaz09-._~");
    BOOST_TEST(tcr::url_encode("a=b,c d/e&f+g") == "a%3Db%2Cc%20d%2Fe%26f%2Bg");
    BOOST_TEST(tcr::url_encode("ü\n") == "%C3%BC%0A");
    BOOST_TEST(tcr::url_encode("\0\xff"sv) == "%00%FF");
    BOOST_TEST(tcr::url_encode("") == "");
}

// The test vectors of RFC 4648 section 10.
constexpr std::pair<std::string_view, std::string_view> base64_vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

BOOST_AUTO_TEST_CASE(base64_encodes_and_decodes_the_vectors_of_its_standard)
{
    for (auto [bytes, text] : base64_vectors)
    {
        BOOST_TEST(tcr::base64_encode(bytes) == text);
        BOOST_TEST_REQUIRE(tcr::base64_decode(text).has_value(), text);
        BOOST_TEST(tcr::base64_decode(text).value() == bytes);
    }
}

BOOST_AUTO_TEST_CASE(base64_of_any_bytes_decodes_to_them)
{
    std::minstd_rand random(4648);
    for (std::size_t length = 0; length < 200; ++length)
    {
        std::string bytes;
        for (std::size_t i = 0; i < length; ++i)
            bytes += static_cast<char>(random() & 0xff);
        auto const back = tcr::base64_decode(tcr::base64_encode(bytes));
        BOOST_TEST_REQUIRE(back.has_value());
        BOOST_TEST_REQUIRE((*back == bytes));
    }
    BOOST_TEST(tcr::base64_encode("\xfb\xff\xfe"sv) == "+//+");
}

BOOST_AUTO_TEST_CASE(base64_decode_ignores_blanks_and_line_breaks)
{
    BOOST_TEST(tcr::base64_decode(" Zm9v\r\nYm\tFy\n").value() == "foobar");
    BOOST_TEST(tcr::base64_decode("Zg=\n=").value() == "f");
    BOOST_TEST(tcr::base64_decode(" \n").value() == "");
}

BOOST_AUTO_TEST_CASE(malformed_base64_is_refused)
{
    for (auto text :
         {"Z"sv,         "Zg"sv,       "Zg="sv,     "Zm9vY"sv,    "Zg==="sv,    "===="sv,     "A==="sv,
          "=Zg="sv,      "Zg==Zg=="sv, "Z=g="sv,    "Zm9*"sv,     "Zm-_"sv,     "Zm9v----"sv, "----"sv,
          "Zm9vYmFy!"sv, "Zm9\0"sv,    "Zm9\xc3"sv, "Zm9v,m9v"sv, "Zg==----"sv, "-Zm9"sv})
        BOOST_TEST(!tcr::base64_decode(text).has_value(), "'" << text << "'");
}

BOOST_AUTO_TEST_CASE(a_time_is_written_in_utc_to_the_second)
{
    BOOST_TEST(tcr::rfc3339(system_clock::from_time_t(0)) == "1970-01-01T00:00:00Z");
    BOOST_TEST(tcr::rfc3339(system_clock::from_time_t(1638341256)) == "2021-12-01T06:47:36Z");
    BOOST_TEST(tcr::rfc3339(system_clock::from_time_t(1709164799)) == "2024-02-28T23:59:59Z");
    BOOST_TEST(
        tcr::rfc3339(system_clock::from_time_t(1638341256) + std::chrono::milliseconds(999)) ==
        "2021-12-01T06:47:36Z"
    );
}

BOOST_AUTO_TEST_CASE(a_time_is_written_to_the_microsecond)
{
    auto const second = system_clock::from_time_t(1638341256);
    BOOST_TEST(tcr::rfc3339_micro(second) == "2021-12-01T06:47:36.000000Z");
    BOOST_TEST(tcr::rfc3339_micro(second + std::chrono::microseconds(123)) == "2021-12-01T06:47:36.000123Z");
    BOOST_TEST(
        tcr::rfc3339_micro(second + std::chrono::microseconds(999'999)) == "2021-12-01T06:47:36.999999Z"
    );
}

BOOST_AUTO_TEST_CASE(rfc3339_is_read_with_fractions_and_offsets)
{
    auto const seconds_of = [](std::string_view text) -> std::time_t
    {
        auto const when = tcr::parse_rfc3339(text);
        BOOST_TEST_REQUIRE(when.has_value(), text);
        return system_clock::to_time_t(*when);
    };
    BOOST_TEST(seconds_of("1970-01-01T00:00:00Z") == 0);
    BOOST_TEST(seconds_of("2021-12-01T06:47:36Z") == 1638341256);
    BOOST_TEST(seconds_of("2021-12-01t06:47:36z") == 1638341256);
    BOOST_TEST(seconds_of("2021-12-01T14:47:36+08:00") == 1638341256);
    BOOST_TEST(seconds_of("2021-11-30T23:17:36-07:30") == 1638341256);
    BOOST_TEST(seconds_of("2024-02-29T00:00:00Z") == 1709164800);
    BOOST_TEST(seconds_of("2016-12-31T23:59:60Z") == 1483228800);
    auto const whole = system_clock::from_time_t(1638341256);
    BOOST_TEST((tcr::parse_rfc3339("2021-12-01T06:47:36.25Z") == whole + std::chrono::milliseconds(250)));
    BOOST_TEST(
        (tcr::parse_rfc3339("2021-12-01T14:47:36.000001+08:00") == whole + std::chrono::microseconds(1))
    );
    BOOST_TEST(
        (tcr::parse_rfc3339("2021-12-01T06:47:36.1234567891234Z") ==
         whole + std::chrono::duration_cast<system_clock::duration>(std::chrono::nanoseconds(123456789)))
    );
    BOOST_TEST((tcr::parse_rfc3339(tcr::rfc3339(whole)) == whole));
}

BOOST_AUTO_TEST_CASE(rfc3339_beyond_the_clock_is_its_end)
{
    BOOST_TEST((tcr::parse_rfc3339("9999-12-31T23:59:59Z") == system_clock::time_point::max()));
    BOOST_TEST((tcr::parse_rfc3339("0001-01-01T00:00:00Z") == system_clock::time_point::min()));
    BOOST_TEST(tcr::rfc3339(system_clock::time_point::min()) == "1677-09-21T00:12:43Z");
    BOOST_TEST(tcr::rfc3339_micro(system_clock::time_point::min()) == "1677-09-21T00:12:43.145224Z");
    BOOST_TEST(tcr::rfc3339(system_clock::time_point::max()) == "2262-04-11T23:47:16Z");
}

BOOST_AUTO_TEST_CASE(what_is_no_rfc3339_is_nothing)
{
    for (auto const* text :
         {"",
          "2021-12-01",
          "2021-12-01T06:47:36",
          "2021-12-01 06:47:36Z",
          "2021-12-01T06:47Z",
          "2021-13-01T06:47:36Z",
          "2021-02-29T06:47:36Z",
          "2021-12-00T06:47:36Z",
          "2021-12-01T24:47:36Z",
          "2021-12-01T06:60:36Z",
          "2021-12-01T06:47:61Z",
          "2021-12-01T06:47:36.Z",
          "2021-12-01T06:47:36+8:00",
          "2021-12-01T06:47:36+0800",
          "2021-12-01T06:47:36+24:00",
          "2021-12-01T06:47:36+08:60",
          "2021-12-01T06:47:36ZZ",
          " 2021-12-01T06:47:36Z",
          "21-12-01T06:47:36Z",
          "-021-12-01T06:47:36Z",
          "1638341256"})
        BOOST_TEST(!tcr::parse_rfc3339(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace strings_test
