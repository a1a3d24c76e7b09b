// SPDX-License-Identifier: Apache-2.0

// Runs the walkthrough of the seed with the kubectl commands that its reader enters.
#include "harness/fixture.hpp"
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <sstream>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

/// The cluster in which the sample of the seed is installed.
struct walkthrough : fixture
{
    spec sample;

    walkthrough()
    {
        sample.name = "imagepullsecret-sample";
        sample.server = "fanjiankong-bj.tencentcloudcr.com";
        sample.username = "100012345678";
        sample.password = "tcr.jwt.token";
        if (api.find(image_pull_secrets, {}, sample.name))
            return;
        auto const file = source_folder() / "deploy" / "allinone" / "imagepullsecret-sample.yaml";
        BOOST_TEST(
            control_plane.kubectl({"create", "-f", file.string()}) ==
            "imagepullsecret.tcr.tencentcloudcr.com/imagepullsecret-sample created\n"
        );
    }

    std::vector<std::string> namespace_names()
    {
        std::vector<std::string> names;
        for (auto const& each : api.list(namespaces))
            names.push_back(name_of(each));
        return names;
    }

    verdict all_served()
    {
        for (auto const& ns : namespace_names())
            if (auto answer = served(ns, sample); !answer)
                return answer;
        return true;
    }
};

std::vector<std::string> words_of(std::string const& line)
{
    std::istringstream in(line);
    return {std::istream_iterator<std::string>(in), {}};
}

std::vector<std::string> lines_of(std::string const& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

/// Replaces runs of blanks by one blank, because the width of kubectl's columns is not specified.
std::string with_single_blanks(std::string const& text)
{
    std::string plain;
    for (auto const& line : lines_of(text))
    {
        for (auto const& word : words_of(line))
            plain += word + ' ';
        plain += '\n';
    }
    return plain;
}

/// Returns the entries of a status list as "namespace/name", sorted.
std::set<std::string> entries_of(json::object const& cr, char const* list)
{
    std::set<std::string> names;
    auto const entries = at(cr, {"status", list});
    if (entries.is_array())
        for (auto const& entry : entries.get_array())
            names.insert(text_at(entry.as_object(), {"namespacedName"}));
    return names;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(seed, walkthrough)

BOOST_AUTO_TEST_CASE(every_namespace_gets_what_kubectl_would_make)
{
    BOOST_TEST(eventually([&] { return all_served(); }));
    auto const by_kubectl = json::parse(control_plane.kubectl(
        {"create",
         "secret",
         "docker-registry",
         sample.secret(),
         "--docker-server=" + sample.server,
         "--docker-username=" + sample.username,
         "--docker-password=" + sample.password,
         "--dry-run=client",
         "-o",
         "json"}
    ));
    for (auto const& ns : namespace_names())
    {
        auto const ours = api.get(secrets, ns, sample.secret());
        BOOST_TEST(text_at(ours, {"type"}) == text_at(by_kubectl.as_object(), {"type"}));
        BOOST_TEST(docker_config_of(ours) == docker_config_of(by_kubectl.as_object()), ns);
    }
}

BOOST_AUTO_TEST_CASE(get_prints_the_columns)
{
    BOOST_TEST(eventually([&] { return all_served(); }));
    auto const count = std::to_string(namespace_names().size());
    std::vector<std::string> const head{
        "NAME", "NAMESPACES", "SERVICE-ACCOUNTS", "SECRETS-DESIRED", "SECRETS-SUCCESS", "READY", "AGE"};
    std::vector<std::string> const row{sample.name, "*", "*", count, count, "True"};
    auto const has_the_row = [&]() -> verdict
    {
        auto const lines = lines_of(control_plane.kubectl({"get", "ipss"}));
        BOOST_TEST(words_of(lines.at(0)) == head, boost::test_tools::per_element());
        auto words = words_of(lines.at(1));
        words.pop_back();  // the last column is the age
        return words == row ? verdict(true) : wrong(lines.at(1));
    };
    BOOST_TEST(eventually(has_the_row));
    BOOST_TEST(
        control_plane.kubectl({"get", "ips", "-o", "name"}) ==
        "imagepullsecret.tcr.tencentcloudcr.com/" + sample.name + "\n"
    );
}

BOOST_AUTO_TEST_CASE(describe_has_the_fields_of_the_seed)
{
    BOOST_TEST(eventually([&] { return all_served(); }));
    BOOST_TEST(eventually(
        [&] {
            return !entries_of(api.get(image_pull_secrets, {}, sample.name), "secretUpdateSuccessful")
                        .empty();
        }
    ));
    auto const text = with_single_blanks(control_plane.kubectl({"describe", "ipss"}));
    std::size_t from = 0;
    for (std::string const line :
         {"Name: imagepullsecret-sample",
          "Namespace:",
          "Labels: <none>",
          "API Version: tcr.tencentcloudcr.com/v1",
          "Kind: ImagePullSecret",
          "Metadata:",
          "Creation Timestamp: ",
          "Generation: 1",
          "Resource Version: ",
          "UID: ",
          "Spec:",
          "Docker:",
          "Password: tcr.jwt.token",
          "Server: fanjiankong-bj.tencentcloudcr.com",
          "Username: 100012345678",
          "Namespaces: *",
          "Service Accounts: *",
          "Status:",
          "S As Desired: ",
          "S As Success: ",
          "Secret Update Successful:",
          "Namespaced Name: ",
          "Updated At: ",
          "Secrets Desired: ",
          "Secrets Success: ",
          "Service Accounts Modify Successful:",
          "Namespaced Name: ",
          "Updated At: ",
          "Events:"})
    {
        auto const here = text.find("\n" + line, from == 0 ? 0 : from - 1);
        bool const is_first = from == 0 && text.starts_with(line);
        BOOST_TEST_REQUIRE(
            (is_first || here != std::string::npos),
            "no '" << line << "' behind the lines before it in:\n"
                   << text
        );
        from = is_first ? line.size() : here + line.size();
    }
}

BOOST_AUTO_TEST_CASE(counts_and_lists_are_exact)
{
    BOOST_TEST(eventually([&] { return all_served(); }));
    std::set<std::string> wanted_secrets;
    std::set<std::string> wanted_accounts;
    for (auto const& ns : namespace_names())
        wanted_secrets.insert(ns + '/' + sample.secret());
    for (auto const& account : api.list(accounts))
        wanted_accounts.insert(text_at(account, {"metadata", "namespace"}) + '/' + name_of(account));
    // The status lists contain only the newest 100 entries.
    BOOST_TEST_REQUIRE(wanted_accounts.size() <= 100u);
    BOOST_TEST(eventually(
        [&]
        {
            return counts(
                sample,
                static_cast<std::int64_t>(wanted_secrets.size()),
                static_cast<std::int64_t>(wanted_accounts.size())
            );
        }
    ));
    auto const cr = api.get(image_pull_secrets, {}, sample.name);
    BOOST_TEST(entries_of(cr, "secretUpdateSuccessful") == wanted_secrets, boost::test_tools::per_element());
    BOOST_TEST(
        entries_of(cr, "serviceAccountsModifySuccessful") == wanted_accounts, boost::test_tools::per_element()
    );
    BOOST_TEST(entries_of(cr, "secretUpdateFailed").empty());
    BOOST_TEST(number_at(cr, {"status", "observedGeneration"}) == number_at(cr, {"metadata", "generation"}));
}

BOOST_AUTO_TEST_CASE(new_namespace_and_new_account_are_served)
{
    control_plane.kubectl({"create", "ns", "newns"});
    BOOST_TEST(eventually([&] { return api.find(accounts, "newns", "default").has_value(); }));
    BOOST_TEST(eventually([&] { return served("newns", sample); }));
    auto const row = lines_of(control_plane.kubectl({"get", "secrets", "-n", "newns"})).at(1);
    BOOST_TEST(
        with_single_blanks(row).starts_with("tcr.ipsimagepullsecret-sample kubernetes.io/dockerconfigjson 1 "
        ),
        row
    );

    control_plane.kubectl({"create", "sa", "kung", "-n", "newns"});
    BOOST_TEST(eventually([&] { return served("newns", sample); }));
    auto const account =
        control_plane.kubectl({"get", "serviceaccounts", "kung", "-o", "yaml", "-n", "newns"});
    BOOST_TEST(
        account.find("imagePullSecrets:\n- name: tcr.ipsimagepullsecret-sample\nkind: ") != std::string::npos,
        account
    );
    control_plane.kubectl({"delete", "ns", "newns", "--wait=false"});
}

BOOST_AUTO_TEST_CASE(edit_reaches_every_secret)
{
    BOOST_TEST(eventually([&] { return all_served(); }));
    auto const before = api.get(secrets, "default", sample.secret());
    auto const edited = control_plane.try_kubectl(
        {"edit", "ipss", sample.name}, {}, {"KUBE_EDITOR=sed -i s/tcr.jwt.token/tcr.jwt.renewed/"}
    );
    BOOST_TEST_REQUIRE(edited.status == 0, edited.err);
    sample.password = "tcr.jwt.renewed";
    BOOST_TEST(eventually([&] { return all_served(); }));
    BOOST_TEST(uid_of(api.get(secrets, "default", sample.secret())) == uid_of(before));
}

BOOST_AUTO_TEST_CASE(deleting_it_leaves_nothing_behind)
{
    control_plane.kubectl({"delete", "ipss", sample.name});
    for (auto const& ns : namespace_names())
        BOOST_TEST(eventually([&] { return unserved(ns, sample); }));
}

BOOST_AUTO_TEST_CASE(controller_stops_cleanly)
{
    auto complaints = controller.complaints(0);
    // In the first seconds after the creation of a CRD, the server answers 429.
    std::erase_if(
        complaints, [](auto const& line) { return line.find("(re)initializing") != std::string::npos; }
    );
    BOOST_TEST(complaints.empty(), joined(complaints));
    for (std::string const password : {"tcr.jwt.token", "tcr.jwt.renewed"})
        for (auto const& form : {password, tcr::base64_encode(sample.username + ":" + password)})
            BOOST_TEST(controller.log().find(form) == std::string::npos);
    controller.stop();
    controller.start();
}

BOOST_AUTO_TEST_SUITE_END()
