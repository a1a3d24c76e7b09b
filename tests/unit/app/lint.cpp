// SPDX-License-Identifier: Apache-2.0
#include "temporary_folder.hpp"
#include <tcr/app/lint.hpp>
#include <tcr/kube/errc.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace lint_test
{

using tcr::app::lint;
using tcr::app::output_format;
using tcr::app::parse_lint;
using strings = std::vector<std::string>;

struct outcome
{
    int status = -1;
    std::string out;
    std::string err;
};

outcome run(strings const& files, std::string const& input = {}, output_format format = output_format::table)
{
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    int const status = lint({files, format}, in, out, err);
    return {status, out.str(), err.str()};
}

std::string object(
    std::string const& name,
    std::string const& more = {},
    std::string const& server = "x.y",
    std::string const& password = "passwordSecretRef: {name: s}"
)
{
    return "apiVersion: tcr.tencentcloudcr.com/v1\nkind: ImagePullSecret\nmetadata: {name: " + name +
           "}\nspec:\n" + more + "  docker: {server: " + server + ", username: u, " + password + "}\n---\n";
}

BOOST_AUTO_TEST_SUITE(linting)

BOOST_AUTO_TEST_CASE(arguments_are_parsed)
{
    BOOST_TEST(
        parse_lint({"-f", "a", "--filename=b", "-f", "-"})->files == (strings{"a", "b", "-"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(
        parse_lint({"a", "-f", "b", "-", "c/"})->files == (strings{"a", "b", "-", "c/"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST((parse_lint({"a", "-o", "json"})->output == output_format::json));
    for (auto const& words :
         {strings{"--help"}, strings{"-h"}, strings{"-h", "-f", "a"}, strings{"--help", "-o", "bad"}})
        BOOST_TEST(parse_lint(words)->help);
    for (auto const& words :
         {strings{},
          strings{"-f"},
          strings{"-x"},
          strings{"a", "-o", "wide"},
          strings{"-", "-"},
          strings{"--file", "a"},
          strings{"-f", "-", "-f", "-"}})
    {
        auto const command = parse_lint(words);
        BOOST_TEST_REQUIRE(!command);
        BOOST_TEST((command.error().code == tcr::kube::errc::bad_config));
        BOOST_TEST(!command.error().message().empty());
    }
    BOOST_TEST(tcr::app::lint_help("kubectl tcr").find("--filename") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_good_object_gives_status_0)
{
    auto const result = run({"-"}, object("a"));
    BOOST_TEST(result.status == 0);
    BOOST_TEST(result.out == "1 ImagePullSecret in 1 file: no errors, no warnings\n");
    BOOST_TEST(result.err == "");
}

BOOST_AUTO_TEST_CASE(a_password_causes_a_warning_and_is_not_shown)
{
    auto const result = run({"-"}, object("a", "", "x.y", "password: hunter22"));
    BOOST_TEST(result.status == 0);
    BOOST_TEST(
        result.out.starts_with("stdin:5: warning: spec.docker.password: readable by everyone"), result.out
    );
    BOOST_TEST(result.out.find("hunter22") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_without_image_pull_secrets_has_no_error)
{
    for (auto const& [text, expected] :
         {std::pair("", "no ImagePullSecret in 1 file: no errors, no warnings\n"),
          std::pair(
              "apiVersion: v1\nkind: Secret\n",
              "no ImagePullSecret in 1 file, 1 object of other kinds skipped: no errors, no warnings\n"
          )})
    {
        auto const seen = run({"-"}, text);
        BOOST_TEST(seen.status == 0);
        BOOST_TEST(seen.out == expected);
    }
}

BOOST_AUTO_TEST_CASE(findings_come_in_the_order_of_lines)
{
    auto const result =
        run({"-"},
            object("a", "  namespaces: \"dev-*\"\n  serviceAccounts: [a]\n", "X.y", "password: hunter22") +
                "a: [\n");
    BOOST_TEST(result.status == 1);
    std::istringstream lines(result.out);
    strings starts;
    for (std::string line; std::getline(lines, line);)
        starts.push_back(line.substr(0, line.find(": ", line.find("error: ") + 7)));
    strings const expected{
        "stdin:5: error: spec.namespaces",
        "stdin:6: error: spec.serviceAccounts",
        "stdin:7: error: spec.docker.server",
        "stdin:10: error: is not YAML",
        "1 ImagePullSecret in 1 file"};
    starts.back() = starts.back().substr(0, expected.back().size());
    BOOST_TEST(starts == expected, boost::test_tools::per_element());
    BOOST_TEST(result.out.find("hunter22") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_field_of_the_wrong_type_is_reported_once)
{
    auto const result = run({"-"}, object("a", "", "1"));
    BOOST_TEST(
        result.out ==
        "stdin:5: error: spec.docker.server: is a number; put it in quotes\n"
        "1 ImagePullSecret in 1 file: 1 error, no warnings\n"
    );
    auto const bare =
        run({"-"},
            "apiVersion: tcr.tencentcloudcr.com/v1\nkind: ImagePullSecret\nmetadata: {name: a}\nspec: {}\n");
    BOOST_TEST(
        bare.out ==
        "stdin:4: error: spec.docker: must be given\n"
        "1 ImagePullSecret in 1 file: 1 error, no warnings\n"
    );
}

BOOST_AUTO_TEST_CASE(what_users_often_write_wrong_is_explained)
{
    auto const spec = [](std::string const& text)
    {
        return run({"-"},
                   "apiVersion: tcr.tencentcloudcr.com/v1\nkind: ImagePullSecret\nmetadata: {name: "
                   "a}\nspec:\n" +
                       text)
            .out;
    };
    auto const login = std::string("username: robot, passwordSecretRef: {name: s}}\n");
    std::pair<std::string, std::string> const cases[] = {
        {"  docker:\n    server: x.y\n    username: robot\n    password: |\n      s3cret\n",
         "stdin:8: warning: spec.docker.password: readable by everyone"},
        {"  namespaces: \"dev，prod\"\n  docker: {server: x.y, " + login,
         "stdin:5: error: spec.namespaces: contains \"，\" (U+FF0C, full-width comma); write \"dev,prod\"\n"},
        {"  docker: {server: hub.docker.com, " + login,
         "stdin:5: warning: spec.docker.server: kubelet uses \"hub.docker.com\" for no image of Docker Hub; "
         "write \"docker.io\"\n"},
        {"  docker: {server: registry, " + login,
         "stdin:5: error: spec.docker.server: must be a domain with an optional port and path: a host of "
         "one label needs a port"},
        {"  docker:\n    server: |\n      x.y\n    username: robot\n    passwordSecretRef: {name: s}\n",
         "stdin:6: error: spec.docker.server: must be a domain with an optional port and path: no blanks or "
         "line breaks; write \"x.y\"\n"},
    };
    for (auto const& [text, start] : cases)
        BOOST_TEST(spec(text).starts_with(start), spec(text));
}

BOOST_AUTO_TEST_CASE(a_docker_config_stands_alone)
{
    std::string const head =
        "apiVersion: tcr.tencentcloudcr.com/v1\nkind: ImagePullSecret\nmetadata: {name: a}\n";
    auto const good = run({"-"}, head + "spec: {docker: {configSecretRef: {name: s}}}\n");
    BOOST_TEST(good.status == 0);
    BOOST_TEST(good.out == "1 ImagePullSecret in 1 file: no errors, no warnings\n");
    auto const bad = run({"-"}, head + "spec: {docker: {server: x.y, configSecretRef: {name: s}}}\n");
    BOOST_TEST(
        bad.out.starts_with("stdin:4: error: spec.docker.configSecretRef: must stand alone: "), bad.out
    );
    auto const nothing = run({"-"}, head + "spec: {docker: {username: u, password: p}}\n");
    BOOST_TEST(nothing.out.starts_with("stdin:4: error: spec.docker.server: must be given"), nothing.out);
}

BOOST_AUTO_TEST_CASE(objects_of_all_files_are_compared)
{
    tcr::test::temporary_folder folder;
    auto const one = folder.write("one.yaml", object("a")).string();
    auto const two =
        folder.write("two.yaml", object("b") + object("a", "", "z.y") + object("c", "", "z.y")).string();
    auto const result = run({one, two});
    BOOST_TEST(result.status == 1);
    BOOST_TEST(
        result.out ==
        two +
            ":4: warning: spec: ImagePullSecret \"a\" has a credential for the same server in any "
            "namespace that both select; kubelet tries both\n" +
            two + ":9: error: metadata.name: is also the name of the ImagePullSecret at " + one +
            ":3; one would replace the other\n4 ImagePullSecrets in 2 files: 1 error, 1 warning\n"
    );
    BOOST_TEST(run({"-"}, object("a") + object("b")).status == 0);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_gives_status_2_and_the_others_are_checked)
{
    tcr::test::temporary_folder folder;
    auto const good = folder.write("good.yaml", object("a")).string();
    auto const big = folder.write("big.yaml", std::string((4 << 20) + 1, '#')).string();
    auto const empty = folder.folder / "empty";
    std::filesystem::create_directory(empty);
    auto const result = run({(folder.folder / "none").string(), empty.string(), big, good});
    BOOST_TEST(result.status == 2);
    BOOST_TEST(result.out == "1 ImagePullSecret in 1 file: no errors, no warnings\n");
    BOOST_TEST(result.err.find("none cannot be opened: No such file") != std::string::npos, result.err);
    BOOST_TEST(
        result.err.find(" is a folder without *.yaml, *.yml and *.json files") != std::string::npos,
        result.err
    );
    BOOST_TEST(
        result.err.find("big.yaml is larger than 4 MiB; split it into several files") != std::string::npos,
        result.err
    );
    BOOST_TEST(run({(folder.folder / "none").string()}).out == "");
}

BOOST_AUTO_TEST_CASE(the_manifests_of_a_folder_are_checked)
{
    tcr::test::temporary_folder folder;
    auto const below = folder.folder / "below";
    for (auto const& each : {below, folder.folder / ".git"})
        std::filesystem::create_directory(each);
    auto const first = folder.write("a.yaml", object("a", "", "X.y"));
    auto const second = folder.write("below/b.yml", object("b", "", "X.y"));
    auto const third = folder.write("c.json", R"({"apiVersion":"v1","kind":"Secret"})");
    folder.write("README.md", "- no: manifest");
    folder.write(".hidden.yaml", "- no: manifest");
    folder.write(".git/d.yaml", "- no: manifest");
    auto const result = run({folder.folder.string()});
    BOOST_TEST(result.status == 1);
    BOOST_TEST(result.err == "");
    BOOST_TEST(result.out.find(first.string() + ":5: error: spec.docker.server: ") == 0u, result.out);
    BOOST_TEST(result.out.find(second.string() + ":5: error: ") != std::string::npos, result.out);
    auto const end =
        "2 ImagePullSecrets in 3 files, 1 object of other kinds skipped: 2 errors, no warnings\n";
    BOOST_TEST(result.out.ends_with(end), result.out);
}

BOOST_AUTO_TEST_CASE(a_pipe_in_a_folder_is_skipped_and_a_link_to_nothing_is_an_error)
{
    tcr::test::temporary_folder folder;
    folder.write("a.yaml", object("a"));
    BOOST_TEST_REQUIRE(mkfifo((folder.folder / "pipe.yaml").c_str(), 0600) == 0);
    BOOST_TEST(run({folder.folder.string()}).status == 0);
    std::filesystem::create_symlink("none", folder.folder / "link.yaml");
    auto const result = run({folder.folder.string()});
    BOOST_TEST(result.status == 2);
    BOOST_TEST(result.err.find("link.yaml cannot be opened: No such file") != std::string::npos, result.err);
}

BOOST_AUTO_TEST_CASE(an_unreadable_folder_does_not_hide_the_files_beside_it)
{
    tcr::test::temporary_folder folder;
    folder.write("a.yaml", object("a"));
    folder.write("z.yaml", object("z", "", "z.y"));
    auto const closed = folder.folder / "closed";
    std::filesystem::create_directory(closed);
    std::filesystem::permissions(folder.folder, std::filesystem::perms(0755));
    std::filesystem::permissions(closed, std::filesystem::perms::none);
    // root can read every folder, so the test runs as another user.
    auto const user = geteuid();
    if (user == 0)
        BOOST_TEST_REQUIRE(seteuid(65534) == 0);
    auto const result = run({folder.folder.string()});
    BOOST_TEST_REQUIRE(seteuid(user) == 0);
    std::filesystem::permissions(closed, std::filesystem::perms::owner_all);
    BOOST_TEST(result.status == 2);
    BOOST_TEST(result.err == "error: " + closed.string() + " cannot be read: Permission denied\n");
    BOOST_TEST(result.out == "2 ImagePullSecrets in 2 files: no errors, no warnings\n");
}

BOOST_AUTO_TEST_CASE(a_file_given_twice_is_checked_once)
{
    tcr::test::temporary_folder folder;
    auto const file = folder.write("a.yaml", object("a")).string();
    auto const result = run({folder.folder.string(), file, (folder.folder / "." / "a.yaml").string()});
    BOOST_TEST(result.status == 0);
    BOOST_TEST(result.out == "1 ImagePullSecret in 1 file: no errors, no warnings\n");
}

BOOST_AUTO_TEST_CASE(findings_as_a_document)
{
    auto const result = run({"-"}, object("a", "", "1", "password: hunter22"), output_format::json);
    BOOST_TEST(result.status == 1);
    auto const document = boost::json::parse(result.out);
    BOOST_TEST(document.at("hasProblem").as_bool());
    auto const& finding = document.at("findings").at(0);
    BOOST_TEST(finding.at("level").as_string() == "problem");
    BOOST_TEST(finding.at("file").as_string() == "stdin");
    BOOST_TEST(finding.at("line").as_int64() == 5);
    BOOST_TEST(finding.at("message").as_string() == "spec.docker.server: is a number; put it in quotes");
    BOOST_TEST(result.out.find("hunter22") == std::string::npos);
    BOOST_TEST(document.at("summary").as_string().starts_with("1 ImagePullSecret in 1 file: 1 error"));

    auto const unreadable = run({"/no/such/file"}, {}, output_format::json);
    BOOST_TEST(unreadable.status == 2);
    BOOST_TEST(unreadable.err == "");
    auto const second = boost::json::parse(unreadable.out);
    auto const& missing = second.at("findings").at(0);
    BOOST_TEST(missing.at("file").as_string() == "/no/such/file");
    BOOST_TEST(!missing.as_object().contains("line"));

    auto const warned = run({"-"}, object("a", "", "x.y", "password: hunter22"), output_format::json);
    BOOST_TEST(warned.status == 0);
    BOOST_TEST(!boost::json::parse(warned.out).at("hasProblem").as_bool());
    BOOST_TEST(boost::json::parse(warned.out).at("findings").at(0).at("level").as_string() == "warning");
}

/// A code block of the page: the text after the given line and before the next "```".
std::string block_after(std::string const& page, std::string const& line)
{
    auto const start = page.find(line);
    BOOST_TEST_REQUIRE(start != std::string::npos, line);
    auto const body = page.find('\n', start + line.size() - 1) + 1;
    return page.substr(body, page.find("```", body) - body);
}

BOOST_AUTO_TEST_CASE(the_page_shows_what_is_printed)
{
    std::ifstream file(TCR_LINT_PAGE);
    std::string const page{std::istreambuf_iterator<char>(file), {}};
    auto result = run({"-"}, block_after(page, "```yaml\n"));
    BOOST_TEST(result.status == 1);
    auto const shown = block_after(page, "$ tcr-assistant lint -f team.yaml\n");
    for (std::size_t at = 0; (at = result.out.find("stdin:", at)) != std::string::npos;)
        result.out.replace(at, 6, "team.yaml:");
    BOOST_TEST(result.out == shown);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace lint_test
