// SPDX-License-Identifier: Apache-2.0
#include "plan_report.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>

namespace plan_report_test
{

namespace json = boost::json;
using namespace tcr;
using namespace tcr::app;

struct fixture
{
    fixture()
    {
        cr.name = "team";
        cr.spec.namespaces = "*";
        cr.spec.server = "registry.example.com";
        cr.spec.username = "user";
        cr.spec.password = "unspeakable";
        preview.secrets_added = {"shop/tcr.ipsteam"};
        preview.accounts_removed = {"test/default"};
        preview.secrets_foreign = {"other/tcr.ipsteam"};
        preview.secrets_unchanged = 3;
    }

    controller::image_pull_secret cr;
    commands::change_preview preview;
    std::ostringstream out;
    std::ostringstream err;
};

BOOST_FIXTURE_TEST_SUITE(reports_of_plan, fixture)

BOOST_AUTO_TEST_CASE(a_table_has_a_line_for_each_object)
{
    plan_report report(output_format::table, out, err);
    report.add_changes(controller::catalog_entry(cr), preview);
    BOOST_TEST(report.finish() == 0);
    BOOST_TEST(
        out.str() ==
        "ImagePullSecret team: secrets: 1 to add, 0 to change, 0 to remove, 3 unchanged; service accounts: 0 "
        "to add it to, 1 to remove it from, 0 unchanged\n"
        "  + secret shop/tcr.ipsteam\n"
        "  ! secret (not ours, stays) other/tcr.ipsteam\n"
        "  - service account test/default\n"
    );
    BOOST_TEST(err.str() == "");
}

BOOST_AUTO_TEST_CASE(an_unknown_credential_is_reported)
{
    cr.spec.password.clear();
    plan_report report(output_format::table, out, err);
    report.add_changes(controller::catalog_entry(cr), {});
    BOOST_TEST(
        out.str().find("  Contents were not compared, because the credential is unknown") != std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(a_document_has_the_same_findings)
{
    plan_report report(output_format::json, out, err);
    report.add_changes(controller::catalog_entry(cr), preview);
    BOOST_TEST(report.finish() == 0);
    auto const document = json::parse(out.str());
    BOOST_TEST(!document.at("hasProblem").as_bool());
    auto const& list = document.at("findings").as_array();
    BOOST_TEST(list.size() == 4u);
    BOOST_TEST(list.at(0).at("message").as_string().starts_with("secrets: 1 to add"));
    BOOST_TEST((list.at(1) == json::parse(R"({"level": "info", "imagePullSecret": "team", "change": "add",
                                       "kind": "Secret", "namespace": "shop", "name": "tcr.ipsteam"})")));
    BOOST_TEST(list.at(2).at("change").as_string() == "none");
    BOOST_TEST(list.at(3).at("kind").as_string() == "ServiceAccount");
    BOOST_TEST(out.str().find("unspeakable") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_warning_is_no_problem)
{
    plan_report table(output_format::table, out, err);
    table.add_warning("team", "spec.docker.server: is odd");
    BOOST_TEST(table.finish() == 0);
    BOOST_TEST(err.str() == "warning: ImagePullSecret team: spec.docker.server: is odd\n");
    BOOST_TEST(out.str() == "");

    plan_report document(output_format::json, out, err);
    document.add_warning("team", "spec.docker.server: is odd");
    BOOST_TEST(document.finish() == 0);
    BOOST_TEST((json::parse(out.str()).at("findings") == json::parse(R"([{"level": "warning",
        "imagePullSecret": "team", "message": "spec.docker.server: is odd"}])")));
}

BOOST_AUTO_TEST_CASE(a_problem_gives_status_1)
{
    plan_report table(output_format::table, out, err);
    BOOST_TEST(!table.has_problem());
    table.add_problem("team.yaml", 6, {"spec.namespaces", "has a star"});
    BOOST_TEST(table.has_problem());
    BOOST_TEST(table.finish() == 1);
    BOOST_TEST(err.str() == "team.yaml:6: error: spec.namespaces: has a star\n");
    BOOST_TEST(out.str() == "");

    plan_report document(output_format::yaml, out, err);
    document.add_problem(commands::finding{commands::finding::level::problem, "No CRD.", "Install it."});
    BOOST_TEST(document.finish() == 1);
    BOOST_TEST(
        out.str() ==
        "hasProblem: true\nfindings:\n- level: \"problem\"\n  message: \"No CRD.\"\n  advice: \"Install "
        "it.\"\n"
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace plan_report_test
