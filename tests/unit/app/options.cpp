#include <tcr/app/options.hpp>
#include <tcr/kube/errc.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <sstream>

namespace
{

using tcr::app::parse_controller;

using words = std::vector<std::string>;

/// Why the words are refused; fails the test if they are not.
std::string refusal(words const& given)
{
    auto const parsed = parse_controller(given);
    BOOST_TEST_REQUIRE(!parsed.has_value());
    BOOST_TEST((parsed.error().code == tcr::kube::errc::bad_config));
    return parsed.error().message();
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

std::set<std::string> const flags = {
    "--help",
    "--kubeconfig",
    "--context",
    "--kube-api-qps",
    "--kube-api-burst",
    "--max-in-flight",
    "--log-level",
    "--log-format",
};

BOOST_AUTO_TEST_SUITE(controller_options)

BOOST_AUTO_TEST_CASE(no_flag_gives_the_defaults)
{
    auto const parsed = parse_controller({});
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(!parsed->help);
    BOOST_TEST(parsed->cluster.kubeconfig.empty());
    BOOST_TEST(parsed->cluster.context == "");
    BOOST_TEST(parsed->client.qps == tcr::kube::client_options().qps);
    BOOST_TEST(parsed->client.burst == tcr::kube::client_options().burst);
    BOOST_TEST(parsed->controller.max_in_flight == tcr::controller::controller_options().max_in_flight);
    BOOST_TEST((parsed->level == tcr::log_level::info));
    BOOST_TEST((parsed->format == tcr::log_format::text));
}

BOOST_AUTO_TEST_CASE(every_flag_is_taken)
{
    auto const parsed = parse_controller(
        {"--kubeconfig",
         "/tmp/k",
         "--context",
         "prod",
         "--kube-api-qps",
         "12.5",
         "--kube-api-burst",
         "3",
         "--max-in-flight",
         "7",
         "--log-level",
         "debug",
         "--log-format",
         "json"}
    );
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->cluster.kubeconfig.string() == "/tmp/k");
    BOOST_TEST(parsed->cluster.context == "prod");
    BOOST_TEST(parsed->client.qps == 12.5);
    BOOST_TEST(parsed->client.burst == 3);
    BOOST_TEST(parsed->controller.max_in_flight == 7u);
    BOOST_TEST((parsed->level == tcr::log_level::debug));
    BOOST_TEST((parsed->format == tcr::log_format::json));
}

BOOST_AUTO_TEST_CASE(a_value_may_follow_an_equals_sign)
{
    auto const parsed = parse_controller({"--kubeconfig=/a=b c", "--max-in-flight=256", "--log-level=error"});
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->cluster.kubeconfig.string() == "/a=b c");
    BOOST_TEST(parsed->controller.max_in_flight == 256u);
    BOOST_TEST((parsed->level == tcr::log_level::error));
}

BOOST_AUTO_TEST_CASE(the_ends_of_each_range_are_taken)
{
    BOOST_TEST(parse_controller({"--max-in-flight", "1"}).has_value());
    BOOST_TEST(parse_controller({"--max-in-flight", "256"}).has_value());
    BOOST_TEST(parse_controller({"--kube-api-qps", "0"}).has_value());
    BOOST_TEST(parse_controller({"--kube-api-burst", "1"}).has_value());
}

BOOST_AUTO_TEST_CASE(help_is_asked_for)
{
    auto const parsed = parse_controller({"--help"});
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->help);
}

BOOST_AUTO_TEST_CASE(an_unknown_flag_is_named)
{
    BOOST_TEST(contains(refusal({"--nonsense"}), "--nonsense"));
    BOOST_TEST(contains(refusal({"--log-level", "info", "--max-inflight", "3"}), "--max-inflight"));
    refusal({"-x"});
}

BOOST_AUTO_TEST_CASE(a_flag_is_not_guessed_from_its_beginning)
{
    BOOST_TEST(contains(refusal({"--kubeconf", "/tmp/k"}), "--kubeconf"));
    BOOST_TEST(contains(refusal({"--hel"}), "--hel"));
}

BOOST_AUTO_TEST_CASE(a_stray_word_is_refused)
{
    refusal({"stray"});
    refusal({"--log-level", "info", "stray"});
    refusal({""});
}

BOOST_AUTO_TEST_CASE(a_flag_without_its_value_is_named)
{
    for (auto const& flag : flags)
        if (flag != "--help")
            BOOST_TEST(contains(refusal({flag}), flag), flag);
}

BOOST_AUTO_TEST_CASE(a_flag_given_twice_is_named)
{
    BOOST_TEST(contains(refusal({"--context", "a", "--context", "b"}), "--context"));
}

BOOST_AUTO_TEST_CASE(a_bad_value_is_refused_by_its_flag)
{
    for (auto const* value : {"", "0", "257", "-1", "many", "1.5", "18446744073709551617"})
        BOOST_TEST(contains(refusal({std::string("--max-in-flight=") + value}), "--max-in-flight"), value);
    for (auto const* value : {"", "-1", "-0.001", "fast", "1x", "nan", "inf", "-inf"})
        BOOST_TEST(contains(refusal({std::string("--kube-api-qps=") + value}), "--kube-api-qps"), value);
    for (auto const* value : {"", "0", "0.5", "-3", "big", "nan", "inf"})
        BOOST_TEST(contains(refusal({std::string("--kube-api-burst=") + value}), "--kube-api-burst"), value);
    for (auto const* value : {"INFO", "warn", "all", "1"})
    {
        auto const why = refusal({"--log-level", value});
        BOOST_TEST(contains(why, "--log-level"), value);
        BOOST_TEST(contains(why, value));
        BOOST_TEST(contains(why, "debug, info, warning, error"));
    }
    for (auto const* value : {"JSON", "yaml"})
    {
        auto const why = refusal({"--log-format", value});
        BOOST_TEST(contains(why, "--log-format"), value);
        BOOST_TEST(contains(why, value));
        BOOST_TEST(contains(why, "text, json"));
    }
}

BOOST_AUTO_TEST_CASE(the_help_tells_of_every_flag_and_of_no_other)
{
    std::set<std::string> told;
    std::istringstream lines(tcr::app::controller_help());
    for (std::string line; std::getline(lines, line);)
    {
        std::istringstream parts(line);
        std::string first;
        parts >> first;
        if (first.starts_with("--"))
            told.insert(first);
    }
    BOOST_TEST(told == flags, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_help_tells_the_defaults_and_fits_a_terminal)
{
    auto const help = tcr::app::controller_help();
    tcr::app::controller_command const standard;
    BOOST_TEST(contains(help, "(=" + std::to_string(standard.controller.max_in_flight) + ")"));
    BOOST_TEST(contains(help, "(=info)"));
    BOOST_TEST(contains(help, "(=text)"));
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);)
        BOOST_TEST(line.size() <= 110u, line);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
