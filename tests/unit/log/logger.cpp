// SPDX-License-Identifier: Apache-2.0
#include <tcr/log/logger.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <limits>

namespace logger_test
{

using tcr::log_field;
using tcr::log_format;
using tcr::log_level;
using tcr::logger;

/// A stream that writes into memory.
class memory_file
{
public:
    memory_file() : stream_(open_memstream(&bytes_, &size_)) {}
    ~memory_file()
    {
        std::fclose(stream_);
        std::free(bytes_);
    }
    memory_file(memory_file const&) = delete;
    memory_file& operator=(memory_file const&) = delete;

    std::FILE* stream() { return stream_; }

    /// The text that the logger has flushed.
    std::string text() const { return {bytes_, size_}; }

    /// Checks the form of the time at the beginning of `text()`. \return `text()` without the time and
    /// without the line break at the end
    std::string after_time() const
    {
        constexpr std::string_view form = "9999-99-99T99:99:99.999Z ";
        auto whole = text();
        BOOST_TEST_REQUIRE(whole.ends_with('\n'));
        BOOST_TEST_REQUIRE(whole.size() > form.size());
        whole.pop_back();
        std::string shape = whole.substr(0, form.size());
        for (char& c : shape)
            if (c >= '0' && c <= '9')
                c = '9';
        BOOST_TEST_REQUIRE(shape == form);
        return whole.substr(form.size());
    }

private:
    char* bytes_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* stream_;
};

std::string text_line(std::string_view message, logger::fields fields = {})
{
    memory_file out;
    logger log(out.stream());
    log.info(message, fields);
    return out.after_time();
}

std::string json_text(std::string_view message, logger::fields fields = {})
{
    memory_file out;
    logger log(out.stream(), log_level::info, log_format::json);
    log.info(message, fields);
    return out.text();
}

boost::json::object json_line(std::string_view message, logger::fields fields = {})
{
    return boost::json::parse(json_text(message, fields)).as_object();
}

BOOST_AUTO_TEST_SUITE(text_format)

BOOST_AUTO_TEST_CASE(a_line_is_time_level_message_and_fields_in_order)
{
    BOOST_TEST(
        text_line("listed pages", {{"resource", "secrets"}, {"count", 17}, {"after", "b"}}) ==
        "info listed pages resource=secrets count=17 after=b"
    );
    BOOST_TEST(text_line("alone") == "info alone");
}

BOOST_AUTO_TEST_CASE(each_level_has_its_word)
{
    memory_file out;
    logger log(out.stream(), log_level::debug);
    log.debug("1");
    log.info("2");
    log.warning("3");
    log.error("4");
    std::string words;
    auto const text = out.text();
    for (auto line : tcr::split_names(text, '\n'))
        words.append(line.substr(line.find(' ') + 1)).append(";");
    BOOST_TEST(words == "debug 1;info 2;warning 3;error 4;");
}

BOOST_AUTO_TEST_CASE(a_plain_value_has_no_quotes)
{
    BOOST_TEST(text_line("m", {{"k", "a-b_c/d:1,[2]{}"}}) == "info m k=a-b_c/d:1,[2]{}");
}

BOOST_AUTO_TEST_CASE(a_value_that_could_be_misread_is_quoted)
{
    BOOST_TEST(text_line("m", {{"k", ""}}) == R"(info m k="")");
    BOOST_TEST(text_line("m", {{"k", "two words"}}) == R"(info m k="two words")");
    BOOST_TEST(text_line("m", {{"k", "a=b"}}) == R"(info m k="a=b")");
    BOOST_TEST(text_line("m", {{"k", "say \"x\""}}) == R"(info m k="say \"x\"")");
    BOOST_TEST(text_line("m", {{"k", "back\\slash"}}) == R"(info m k="back\\slash")");
}

BOOST_AUTO_TEST_CASE(no_value_can_forge_a_line_or_reach_the_terminal)
{
    BOOST_TEST(text_line("m", {{"k", "a\r\nb"}}) == R"(info m k="a\r\nb")");
    for (int c = 1; c < 0x20; ++c)
    {
        auto const line = text_line("m", {{"k", std::string("a") + static_cast<char>(c) + "b"}});
        BOOST_TEST(line.find(static_cast<char>(c)) == std::string::npos, "character " << c);
        BOOST_TEST(line.starts_with("info m k=\"a\\"), line);
    }
    BOOST_TEST(text_line("m", {{"k", "a\x7f"}}) == R"(info m k="a\u007f")");
    BOOST_TEST(text_line("m", {{"k", "a\xc2\x9b"}}) == R"(info m k="a\u009b")");  // C1
    BOOST_TEST(text_line("m", {{"k", "ü\xc2\xa0"}}) == "info m k=ü\xc2\xa0");     // the first after C1
}

BOOST_AUTO_TEST_CASE(numbers_are_written_as_they_are)
{
    BOOST_TEST(
        text_line(
            "m",
            {{"least", std::numeric_limits<long long>::min()},
             {"most", std::numeric_limits<unsigned long long>::max()},
             {"half", 0.5}}
        ) == "info m least=-9223372036854775808 most=18446744073709551615 half=0.500000"
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(json_format)

BOOST_AUTO_TEST_CASE(a_line_is_an_object_with_time_level_message_and_fields)
{
    auto const line = json_line("did it", {{"name", "x"}, {"count", 17}});
    BOOST_TEST(line.size() == 5u);
    BOOST_TEST(line.at("time").as_string().size() == std::string_view("2021-12-01T06:47:36.000Z").size());
    BOOST_TEST(line.at("time").as_string().ends_with('Z'));
    BOOST_TEST(line.at("level").as_string() == "info");
    BOOST_TEST(line.at("message").as_string() == "did it");
    BOOST_TEST(line.at("name").as_string() == "x");
    BOOST_TEST(line.at("count").as_int64() == 17);
}

BOOST_AUTO_TEST_CASE(a_line_ends_where_its_only_line_break_is)
{
    auto const text = json_text("a\nb", {{"k", "c\nd"}});
    BOOST_TEST(text.find('\n') == text.size() - 1);
}

BOOST_AUTO_TEST_CASE(any_text_survives_the_quoting)
{
    std::string const wild = "\"\\/\b\f\n\r\t\x01 ü {}[],:";
    auto const line = json_line(wild, {{"k", wild}, {"a \"key\"", "v"}});
    BOOST_TEST((line.at("message").as_string() == wild));
    BOOST_TEST((line.at("k").as_string() == wild));
    BOOST_TEST((line.at("a \"key\"").as_string() == "v"));
}

BOOST_AUTO_TEST_CASE(a_text_of_digits_stays_a_text)
{
    BOOST_TEST(json_line("m", {{"k", "17"}}).at("k").is_string());
}

BOOST_AUTO_TEST_CASE(each_level_has_its_word_in_json_too)
{
    memory_file out;
    logger log(out.stream(), log_level::debug, log_format::json);
    log.debug("m");
    log.warning("m");
    log.error("m");
    std::string words;
    auto const text = out.text();
    for (auto line : tcr::split_names(text, '\n'))
    {
        auto const parsed = boost::json::parse(boost::json::string_view(line.data(), line.size()));
        words.append(parsed.at("level").as_string()).append(";");
    }
    BOOST_TEST(words == "debug;warning;error;");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(levels)

BOOST_AUTO_TEST_CASE(only_lines_of_the_level_and_above_are_written)
{
    for (int level = 0; level < 4; ++level)
    {
        memory_file out;
        logger log(out.stream(), static_cast<log_level>(level));
        log.debug("m");
        log.info("m");
        log.warning("m");
        log.error("m");
        std::fflush(out.stream());
        auto const text = out.text();
        BOOST_TEST(tcr::split_names(text, '\n').size() == static_cast<std::size_t>(4 - level));
        for (int asked = 0; asked < 4; ++asked)
            BOOST_TEST(log.enabled(static_cast<log_level>(asked)) == (asked >= level));
    }
}

BOOST_AUTO_TEST_CASE(a_level_set_later_counts_from_the_next_line_on)
{
    memory_file out;
    logger log(out.stream(), log_level::error);
    log.info("before");
    log.set_level(log_level::debug);
    BOOST_TEST((log.level() == log_level::debug));
    BOOST_TEST(log.enabled(log_level::debug));
    log.debug("after");
    BOOST_TEST(out.after_time() == "debug after");
}

BOOST_AUTO_TEST_CASE(a_format_set_later_counts_from_the_next_line_on)
{
    memory_file out;
    logger log(out.stream());
    log.set_format(log_format::json);
    log.info("m");
    BOOST_TEST(boost::json::parse(out.text()).at("message").as_string() == "m");
}

BOOST_AUTO_TEST_CASE(a_line_is_flushed_when_it_is_written)
{
    memory_file out;
    logger log(out.stream());
    log.info("m");
    BOOST_TEST(out.text().size() > 0u);
}

BOOST_AUTO_TEST_CASE(words_of_levels_and_formats_are_read_exactly)
{
    BOOST_TEST((tcr::parse_log_level("debug") == log_level::debug));
    BOOST_TEST((tcr::parse_log_level("info") == log_level::info));
    BOOST_TEST((tcr::parse_log_level("warning") == log_level::warning));
    BOOST_TEST((tcr::parse_log_level("error") == log_level::error));
    for (auto word : {"", "INFO", "warn", "debug ", "4"})
        BOOST_TEST(!tcr::parse_log_level(word).has_value(), "'" << word << "'");
    BOOST_TEST((tcr::parse_log_format("text") == log_format::text));
    BOOST_TEST((tcr::parse_log_format("json") == log_format::json));
    for (auto word : {"", "JSON", "yaml", " text"})
        BOOST_TEST(!tcr::parse_log_format(word).has_value(), "'" << word << "'");
    for (auto level : {log_level::debug, log_level::info, log_level::warning, log_level::error})
        BOOST_TEST((tcr::parse_log_level(to_text(level)) == level));
    for (auto format : {log_format::text, log_format::json})
        BOOST_TEST((tcr::parse_log_format(to_text(format)) == format));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace logger_test
