// SPDX-License-Identifier: Apache-2.0
#include "memory_log.hpp"
#include "run_coroutine.hpp"
#include "temporary_folder.hpp"
#include <tcr/registry/cloud_client.hpp>
#include <tcr/registry/cloud_identity.hpp>
#include <tcr/registry/errc.hpp>

#include <boost/asio/system_executor.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

namespace cloud_identity_test
{

namespace net = tcr::net;
using namespace tcr::registry;
using tcr::test::memory_log;
using tcr::test::run_coroutine;
using tcr::test::temporary_folder;

/// A cloud identity without network access. The sources of keys in these tests need no network.
struct fixture
{
    temporary_folder files;
    memory_log lines;
    std::map<std::string, std::string> variables;
    std::string folder;
    identity_source source = identity_source::none;

    tcr::result<cloud_keys> get_keys()
    {
        tcr::result<cloud_keys> answer = cloud_keys();
        auto run = [&]() -> tcr::task<void>
        {
            auto const executor = co_await tcr::asio::this_coro::executor;
            net::web_client web(executor, nullptr);
            identity_sources sources;
            sources.variable = [this](std::string const& name) -> std::optional<std::string>
            {
                auto const found = variables.find(name);
                return found == variables.end() ? std::nullopt : std::optional(found->second);
            };
            sources.folder = folder;
            sources.metadata_url.clear();
            cloud_identity identity(web, sources, lines.log, &std::chrono::system_clock::now);
            answer = co_await identity.keys();
            source = identity.source();
        };
        run_coroutine(run);
        return answer;
    }

    /// Requests keys, which must fail with `expected`. \return the error message
    std::string refusal(errc expected)
    {
        auto const answer = get_keys();
        BOOST_TEST_REQUIRE(answer.has_error());
        BOOST_TEST((answer.error().code == expected));
        BOOST_TEST(answer.error().message().find("hunter2") == std::string::npos);
        return answer.error().message();
    }

    void use_folder() { folder = files.folder.string(); }
};

bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

BOOST_FIXTURE_TEST_SUITE(cloud_identities, fixture)

BOOST_AUTO_TEST_CASE(without_any_source_there_are_no_keys)
{
    BOOST_TEST(has(refusal(errc::no_identity), "TENCENTCLOUD_SECRET_ID"));
    BOOST_TEST((source == identity_source::none));
}

BOOST_AUTO_TEST_CASE(a_folder_precedes_variables)
{
    use_folder();
    files.write("secretId", "AKID1\n");
    files.write("secretKey", " key1 \n");
    variables = {{"TENCENTCLOUD_SECRET_ID", "AKID2"}, {"TENCENTCLOUD_SECRET_KEY", "key2"}};
    auto const keys = get_keys().value();
    BOOST_TEST(keys.secret_id == "AKID1");
    BOOST_TEST(keys.secret_key == "key1");
    BOOST_TEST(keys.token.empty());
    BOOST_TEST((source == identity_source::folder));
    BOOST_TEST(has(lines.text(), "folder"));
    BOOST_TEST(!has(lines.text(), "key1"));
    BOOST_TEST(!has(lines.text(), "AKID1"));

    files.write("token", "session1");
    BOOST_TEST(get_keys().value().token == "session1");
    files.write("token", "");
    BOOST_TEST(get_keys().value().token.empty());
}

BOOST_AUTO_TEST_CASE(an_empty_folder_is_skipped)
{
    use_folder();
    BOOST_TEST(has(refusal(errc::no_identity), "there are no cloud keys"));
    folder += "/none";
    variables = {{"TENCENTCLOUD_SECRET_ID", "AKID2"}, {"TENCENTCLOUD_SECRET_KEY", "key2"}};
    BOOST_TEST(get_keys().value().secret_id == "AKID2");
    BOOST_TEST((source == identity_source::variables));
}

BOOST_AUTO_TEST_CASE(an_unusable_folder_is_an_error)
{
    use_folder();
    variables = {{"TENCENTCLOUD_SECRET_ID", "AKID2"}, {"TENCENTCLOUD_SECRET_KEY", "key2"}};
    files.write("secretId", "AKID1");
    BOOST_TEST(has(refusal(errc::bad_identity), "contains secretId but not secretKey"));
    files.write("secretKey", "\n");
    BOOST_TEST(has(refusal(errc::bad_identity), "secretKey is empty"));
    files.write("secretKey", "hunter2\nX-Injected: y");
    BOOST_TEST(has(refusal(errc::bad_identity), "a line break"));
    std::filesystem::remove(files.folder / "secretKey");
    std::filesystem::create_directory(files.folder / "secretKey");
    BOOST_TEST(has(refusal(errc::bad_identity), "is not a regular file"));
    std::filesystem::remove(files.folder / "secretKey");
    files.write("secretKey", "key1");
    files.write("token", "hunter2 hunter2");
    BOOST_TEST(has(refusal(errc::bad_identity), "token contains a blank"));
    std::filesystem::remove(files.folder / "token");
    std::filesystem::remove(files.folder / "secretId");
    BOOST_TEST(has(refusal(errc::bad_identity), "contains secretKey but not secretId"));
}

BOOST_AUTO_TEST_CASE(variables_provide_keys_and_a_token)
{
    variables = {{"TENCENTCLOUD_SECRET_ID", "AKID2"}, {"TENCENTCLOUD_SECRET_KEY", "key2"}};
    BOOST_TEST(get_keys().value().token.empty());
    variables["TENCENTCLOUD_SECURITY_TOKEN"] = "second";
    BOOST_TEST(get_keys().value().token == "second");
    variables["TENCENTCLOUD_TOKEN"] = "first";
    BOOST_TEST(get_keys().value().token == "first");
    variables["TENCENTCLOUD_TOKEN"] = "";
    BOOST_TEST(get_keys().value().token == "second");
    BOOST_TEST(get_keys().value().secret_key == "key2");
}

BOOST_AUTO_TEST_CASE(unusable_variables_are_an_error)
{
    variables = {{"TENCENTCLOUD_SECRET_ID", "AKID2"}};
    BOOST_TEST(
        refusal(errc::bad_identity) == "TENCENTCLOUD_SECRET_KEY is not set, but TENCENTCLOUD_SECRET_ID is"
    );
    variables["TENCENTCLOUD_SECRET_KEY"] = "";
    BOOST_TEST(refusal(errc::bad_identity) == "TENCENTCLOUD_SECRET_KEY is empty");
    variables["TENCENTCLOUD_SECRET_KEY"] = "hunter2 x";
    BOOST_TEST(has(refusal(errc::bad_identity), "TENCENTCLOUD_SECRET_KEY contains a blank"));
    variables.erase("TENCENTCLOUD_SECRET_ID");
    BOOST_TEST(has(refusal(errc::bad_identity), "TENCENTCLOUD_SECRET_ID is not set"));
    variables = {
        {"TENCENTCLOUD_SECRET_ID", "AKID2"},
        {"TENCENTCLOUD_SECRET_KEY", "key2"},
        {"TENCENTCLOUD_TOKEN", "hunter2\r\nX: y"}};
    BOOST_TEST(has(refusal(errc::bad_identity), "TENCENTCLOUD_TOKEN contains"));
}

BOOST_AUTO_TEST_CASE(an_incomplete_pod_identity_is_an_error)
{
    variables = {{"TKE_REGION", "ap-guangzhou"}};
    refusal(errc::no_identity);
    variables["TKE_ROLE_ARN"] = "qcs::cam::uin/1:roleName/x";
    BOOST_TEST(refusal(errc::bad_identity) == "TKE_PROVIDER_ID is not set, but TKE_ROLE_ARN is");
    variables["TKE_PROVIDER_ID"] = "cls-1";
    variables["TKE_WEB_IDENTITY_TOKEN_FILE"] = (files.folder / "none").string();
    BOOST_TEST(has(refusal(errc::bad_identity), "does not exist"));
    files.write("none", "");
    BOOST_TEST(has(refusal(errc::bad_identity), "is empty"));
    variables.erase("TKE_REGION");
    BOOST_TEST(has(refusal(errc::bad_identity), "TKE_REGION is not set"));
}

BOOST_AUTO_TEST_CASE(sources_have_names)
{
    BOOST_TEST(to_string(identity_source::none) == "none");
    BOOST_TEST(to_string(identity_source::folder) == "folder");
    BOOST_TEST(to_string(identity_source::variables) == "environment");
    BOOST_TEST(to_string(identity_source::pod) == "pod-identity");
    BOOST_TEST(to_string(identity_source::machine) == "cvm-role");
}

BOOST_AUTO_TEST_CASE(token_types_have_the_apis_names)
{
    BOOST_TEST((parse_token_type("temp") == token_type::temp));
    BOOST_TEST((parse_token_type("longterm") == token_type::longterm));
    BOOST_TEST(!parse_token_type("Temp").has_value());
    BOOST_TEST(!parse_token_type("").has_value());
    BOOST_TEST(to_string(token_type::longterm) == "longterm");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace cloud_identity_test
