// SPDX-License-Identifier: Apache-2.0
#include "explain_report.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace explain_report_test
{

namespace json = boost::json;
using namespace tcr;
using namespace tcr::app;
using level = commands::finding::level;

std::vector<commands::finding> const findings{
    {level::ok, "Good."}, {level::problem, "Bad.", "Do this."}, {level::info, "Fact."}};

BOOST_AUTO_TEST_SUITE(reports_of_explain)

BOOST_AUTO_TEST_CASE(a_table_has_a_mark_for_each_finding)
{
    BOOST_TEST(
        explain_report({}, "shop", findings) ==
        "[ok]      Good.\n"
        "[problem] Bad.\n"
        "          Do this.\n"
        "[info]    Fact.\n"
    );
}

BOOST_AUTO_TEST_CASE(a_table_has_no_control_characters_of_findings)
{
    BOOST_TEST(
        explain_report({}, "shop", {{level::info, "Image a\x1b[2Jb\n.", "Pod\r."}}) ==
        "[info]    Image a [2Jb .\n          Pod .\n"
    );
}

BOOST_AUTO_TEST_CASE(a_document_has_the_same_findings)
{
    explain_command command;
    command.output = output_format::json;
    command.pod = "web";
    BOOST_TEST((json::parse(explain_report(command, "shop", findings)) == json::parse(R"({
            "hasProblem": true, "namespace": "shop", "pod": "web", "findings": [
                {"level": "ok", "message": "Good."},
                {"level": "problem", "message": "Bad.", "advice": "Do this."},
                {"level": "info", "message": "Fact."}]})")));
}

BOOST_AUTO_TEST_CASE(a_document_has_the_logins_of_an_image_and_missing_rights)
{
    explain_command command;
    command.output = output_format::json;
    std::vector<commands::finding> found{{.text = "Image."}, {.text = "Bad."}, {.text = "Right."}};
    found[0].image = {"r/a:1", "r/a", {{"team", "r/a"}, {"mine", "r", true}}};
    found[1].image = {"r/A", "", {}};
    found[2].missing_right = "get secrets -n shop";
    BOOST_TEST((json::parse(explain_report(command, "shop", found)) == json::parse(R"({
            "hasProblem": false, "namespace": "shop", "findings": [
                {"level": "info", "message": "Image.", "image": {
                    "name": "r/a:1", "repository": "r/a", "logins": [
                    {"secret": "team", "key": "r/a", "isEmpty": false},
                    {"secret": "mine", "key": "r", "isEmpty": true}]}},
                {"level": "info", "message": "Bad.", "image": {"name": "r/A", "logins": []}},
                {"level": "info", "message": "Right.", "missingRight": "get secrets -n shop"}]})")));
}

BOOST_AUTO_TEST_CASE(findings_about_all_namespaces_name_theirs)
{
    explain_command command;
    command.output = output_format::json;
    command.all_namespaces = true;
    auto const text = explain_report(command, "default", {{level::problem, "Bad.", "", "shop", "team"}});
    BOOST_TEST((json::parse(text) == json::parse(R"({"hasProblem": true, "findings": [
            {"level": "problem", "message": "Bad.", "namespace": "shop", "imagePullSecret": "team"}]})")));
}

BOOST_AUTO_TEST_CASE(the_namespace_is_that_of_kubectl)
{
    explain_command command;
    kube::cluster_config config;
    BOOST_TEST(explained_namespace(command, config) == "default");
    config.pod_namespace = "of-the-pod";
    BOOST_TEST(explained_namespace(command, config) == "of-the-pod");
    config.default_namespace = "of-the-context";
    BOOST_TEST(explained_namespace(command, config) == "of-the-context");
    command.ns = "given";
    BOOST_TEST(explained_namespace(command, config) == "given");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace explain_report_test
