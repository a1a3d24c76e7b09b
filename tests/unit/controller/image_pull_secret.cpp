// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/image_pull_secret.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace image_pull_secret_test
{

using namespace tcr;
using namespace tcr::controller;
using op = label_selector::op;
using strings = std::vector<std::string>;

/// Reads ImagePullSecrets as the watch does.
class reader final : public kube::table_reader<image_pull_secret_values>
{
public:
    reader() : table_reader(image_pull_secret_fields()) {}

    void on_object(kube::object_event, kube::object_meta const&) override { objects.push_back(values_); }

    std::vector<image_pull_secret> objects;
};

image_pull_secret parse(std::string const& text)
{
    reader seen;
    kube::single_object_decoder decoder(seen, kube::object_event::modified);
    decoder.begin();
    // The decoder gets pieces of 7 bytes, so that it must join the pieces of each value.
    for (std::size_t at = 0; at < text.size(); at += 7)
        BOOST_TEST_REQUIRE(!decoder.on_body(std::string_view(text).substr(at, 7)));
    BOOST_TEST_REQUIRE(seen.objects.size() == 1u);
    return seen.objects.front();
}

/// Parses an object that has metadata and the given members.
image_pull_secret parse_with(std::string const& members)
{
    return parse(R"({"metadata":{"name":"x","resourceVersion":"1"},)" + members + "}");
}

image_pull_secret_status parse_patch(std::string const& patch)
{
    BOOST_TEST_REQUIRE(patch.front() == '{');
    return parse(R"({"metadata":{"name":"x","resourceVersion":"1"},)" + patch.substr(1)).status;
}

// An object as kube-apiserver 1.36 prints it. The status lists are shortened.
constexpr char real_object[] =
    R"j({"apiVersion":"tcr.tencentcloudcr.com/v1","kind":"ImagePullSecret",)j"
    R"j("metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":)j"
    R"j(\"tcr.tencentcloudcr.com/v1\",\"kind\":\"ImagePullSecret\",\"spec\":{\"namespaces\":\"no\"}}\n"},)j"
    R"j("creationTimestamp":"2026-11-24T01:02:03Z","generation":3,)j"
    R"j("managedFields":[{"apiVersion":"tcr.tencentcloudcr.com/v1","fieldsType":"FieldsV1",)j"
    R"j("fieldsV1":{"f:metadata":{"f:annotations":{".":{},)j"
    R"j("f:kubectl.kubernetes.io/last-applied-configuration":{}}},"f:spec":{".":{},"f:docker":{".":{},)j"
    R"j("f:password":{},"f:server":{},"f:username":{}},"f:namespaces":{},"f:serviceAccounts":{}}},)j"
    R"j("manager":"kubectl-client-side-apply","operation":"Update","time":"2026-11-24T01:02:03Z"},)j"
    R"j({"apiVersion":"tcr.tencentcloudcr.com/v1","fieldsType":"FieldsV1","fieldsV1":{"f:status":{".":{},)j"
    R"j("f:secretsDesired":{},"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{}}}}},)j"
    R"j("manager":"tcr-assistant","operation":"Update","subresource":"status",)j"
    R"j("time":"2026-11-24T01:02:04Z"}],"name":"imagepullsecret-sample","resourceVersion":"8812",)j"
    R"j("uid":"2109f384-240b-405c-9ce8-73ce938a7c2f"},"spec":{"docker":{"password":"tcr.jwt.token",)j"
    R"j("server":"fanjiankong-bj.tencentcloudcr.com","username":"100012345678"},)j"
    R"j("excludedNamespaces":["kube-system","kube-public"],)j"
    R"j("namespaceSelector":{"matchExpressions":[{"key":"tier","operator":"In","values":["front","back"]},)j"
    R"j({"key":"env","operator":"NotIn","values":["dev"]},{"key":"team","operator":"Exists"},)j"
    R"j({"key":"legacy","operator":"DoesNotExist"}],"matchLabels":{"a.b/c":"x","d":""}},)j"
    R"j("namespaces":"team-a, team-b","serviceAccounts":"*"},)j"
    R"j("status":{"conditions":[{"lastTransitionTime":"2026-11-24T01:02:04Z","message":"10 of 10 secrets,)j"
    R"j( 1 of 47 service accounts","reason":"Converging","status":"False","type":"Ready"},)j"
    R"j({"lastTransitionTime":"2026-11-24T01:02:05Z","message":"m","reason":"NoConflict","status":"False",)j"
    R"j("type":"Conflicting"}],"observedGeneration":2,"sAsDesired":47,"sAsSuccess":1,)j"
    R"j("secretUpdateFailed":[{"lastAttemptAt":"2026-11-24T01:02:06Z","message":"exceeded quota",)j"
    R"j("namespacedName":"devtools/tcr.ipsimagepullsecret-sample","reason":"QuotaExceeded"}],)j"
    R"j("secretUpdateSuccessful":[{"namespacedName":"kube-public/tcr.ipsimagepullsecret-sample",)j"
    R"j("updatedAt":"2026-11-24T01:02:07Z"},{"namespacedName":"demo/tcr.ipsimagepullsecret-sample",)j"
    R"j("updatedAt":"2026-11-24T01:02:08Z"}],"secretsDesired":10,"secretsSuccess":9,)j"
    R"j("serviceAccountsModifyFailed":[{"lastAttemptAt":"2026-11-24T01:02:09Z","message":"no",)j"
    R"j("namespacedName":"demo/builder","reason":"Forbidden"}],)j"
    R"j("serviceAccountsModifySuccessful":[{"namespacedName":"default/default",)j"
    R"j("updatedAt":"2026-11-24T01:02:10Z"}]}})j"
    "\n";

image_pull_secret_status full_status()
{
    image_pull_secret_status status;
    status.secrets_desired = 10;
    status.secrets_success = 9;
    status.accounts_desired = 47;
    status.accounts_success = 1;
    status.secrets_updated = {
        {"a/tcr.ipsx", "2026-11-24T01:02:07Z", {}, {}}, {"b/tcr.ipsx", "2026-11-24T01:02:08Z", {}, {}}};
    status.secrets_failed = {
        {"c/tcr.ipsx", "2026-11-24T01:02:06Z", "Conflict", "\"theirs\" <&> \\ \n 拒绝 😀"}};
    status.accounts_updated = {{"a/default", "2026-11-24T01:02:10Z", {}, {}}};
    status.accounts_failed = {
        {"b/builder", "2026-11-24T01:02:09Z", "Forbidden", "no"},
        {"b/x", "2026-11-24T01:02:09Z", "Failed", ""}};
    status.conditions = {
        {"Ready", "False", "Converging", "9 of 10 secrets", "2026-11-24T01:02:04Z", 6},
        {"Conflicting", "True", "ForeignSecret", "m", "2026-11-24T01:02:05Z", 7}};
    status.observed_generation = 7;
    status.credential_expires_at = "2026-11-24T02:02:05Z";
    status.credential_refreshed_at = "2026-11-24T01:02:05Z";
    return status;
}

BOOST_AUTO_TEST_SUITE(image_pull_secrets)

BOOST_AUTO_TEST_CASE(the_type_is_that_of_the_original_add_on)
{
    auto const type = image_pull_secret_type();
    BOOST_TEST(type.group == "tcr.tencentcloudcr.com");
    BOOST_TEST(type.version == "v1");
    BOOST_TEST(type.plural == "imagepullsecrets");
    BOOST_TEST(!type.metadata_only);
}

BOOST_AUTO_TEST_CASE(a_complete_object_is_read)
{
    auto const cr = parse(real_object);
    BOOST_TEST(cr.generation == 3);
    auto const& spec = cr.spec;
    BOOST_TEST(spec.namespaces == "team-a, team-b");
    BOOST_TEST(spec.service_accounts == "*");
    BOOST_TEST(spec.manages_references());
    BOOST_TEST(spec.server == "fanjiankong-bj.tencentcloudcr.com");
    BOOST_TEST(spec.username == "100012345678");
    BOOST_TEST(spec.password == "tcr.jwt.token");
    BOOST_TEST(
        spec.excluded_namespaces == (strings{"kube-system", "kube-public"}), boost::test_tools::per_element()
    );
    label_selector expected;
    expected.requirements = {
        {"tier", op::in, {"front", "back"}},
        {"env", op::not_in, {"dev"}},
        {"team", op::exists, {}},
        {"legacy", op::does_not_exist, {}},
        {"a.b/c", op::in, {"x"}, true},
        {"d", op::in, {""}, true}};
    BOOST_TEST((spec.namespace_selector == expected));

    BOOST_TEST(cr.has_status);
    auto const& status = cr.status;
    BOOST_TEST(status.secrets_desired == 10);
    BOOST_TEST(status.secrets_success == 9);
    BOOST_TEST(status.accounts_desired == 47);
    BOOST_TEST(status.accounts_success == 1);
    BOOST_TEST(status.observed_generation == 2);
    BOOST_TEST_REQUIRE(status.secrets_updated.size() == 2u);
    BOOST_TEST(
        (status.secrets_updated[1] ==
         status_entry{"demo/tcr.ipsimagepullsecret-sample", "2026-11-24T01:02:08Z", {}, {}})
    );
    BOOST_TEST_REQUIRE(status.secrets_failed.size() == 1u);
    BOOST_TEST(
        (status.secrets_failed[0] ==
         status_entry{
             "devtools/tcr.ipsimagepullsecret-sample",
             "2026-11-24T01:02:06Z",
             "QuotaExceeded",
             "exceeded quota"})
    );
    BOOST_TEST_REQUIRE(status.accounts_updated.size() == 1u);
    BOOST_TEST((status.accounts_updated[0] == status_entry{"default/default", "2026-11-24T01:02:10Z", {}, {}})
    );
    BOOST_TEST_REQUIRE(status.accounts_failed.size() == 1u);
    BOOST_TEST(
        (status.accounts_failed[0] == status_entry{"demo/builder", "2026-11-24T01:02:09Z", "Forbidden", "no"})
    );
    BOOST_TEST_REQUIRE(status.conditions.size() == 2u);
    BOOST_TEST(
        (status.conditions[0] ==
         condition{
             "Ready",
             "False",
             "Converging",
             "10 of 10 secrets, 1 of 47 service accounts",
             "2026-11-24T01:02:04Z"})
    );
    BOOST_TEST(
        (status.conditions[1] == condition{"Conflicting", "False", "NoConflict", "m", "2026-11-24T01:02:05Z"})
    );
}

BOOST_AUTO_TEST_CASE(the_original_sample_has_neither_selector_nor_status)
{
    auto const cr =
        parse_with(R"("spec":{"namespaces":"*","serviceAccounts":"*","docker":{"username":"100012345678",)"
                   R"("password":"tcr.jwt.token","server":"fanjiankong-bj.tencentcloudcr.com"}})");
    BOOST_TEST(cr.spec.namespaces == "*");
    BOOST_TEST(cr.spec.namespace_selector.requirements.empty());
    BOOST_TEST(cr.spec.excluded_namespaces.empty());
    BOOST_TEST(!cr.has_status);
    BOOST_TEST((cr.status == image_pull_secret_status()));
}

BOOST_AUTO_TEST_CASE(references_are_managed_unless_another_value_is_given)
{
    auto const manages = [](std::string const& value)
    { return parse_with(R"("spec":{"references":)" + value + "}").spec.manages_references(); };
    BOOST_TEST(manages("\"managed\""));
    BOOST_TEST(manages("null"));
    BOOST_TEST(!manages("\"secretsOnly\""));
    // An unknown value, such as one of a later version, counts as secretsOnly, which changes less.
    BOOST_TEST(!manages("\"other\""));
}

BOOST_AUTO_TEST_CASE(absent_and_null_fields_are_empty)
{
    auto const cr = parse_with(
        R"("spec":{"namespaces":null,"namespaceSelector":{"matchLabels":null,"matchExpressions":null},)"
        R"("excludedNamespaces":null,"docker":null},"status":null)"
    );
    BOOST_TEST((cr.spec == image_pull_secret_spec()));
    BOOST_TEST(!cr.has_status);
    BOOST_TEST((parse_with(R"("spec":{})").spec == image_pull_secret_spec()));
    BOOST_TEST(!parse_with(R"("status":{})").has_status);
}

BOOST_AUTO_TEST_CASE(a_reference_to_a_docker_config_has_a_default_key)
{
    auto const cr = parse_with(R"("spec":{"docker":{"configSecretRef":{"name":"s"}}})");
    BOOST_TEST((cr.spec.config_from == credentials::config_reference{"s", ".dockerconfigjson"}));
    auto const keyed = parse_with(R"("spec":{"docker":{"configSecretRef":{"name":"s","key":"k"}}})");
    BOOST_TEST((keyed.spec.config_from == credentials::config_reference{"s", "k"}));
}

BOOST_AUTO_TEST_CASE(an_update_removes_the_sources_that_the_spec_lacks)
{
    image_pull_secret cr;
    cr.spec.server = "x.y";
    cr.spec.tcr.emplace();
    auto const docker = boost::json::parse(update_body(cr)).at("spec").at("docker");
    BOOST_TEST(docker.at("server").as_string() == "x.y");
    for (auto const* source : {"username", "password", "passwordSecretRef", "configSecretRef"})
        BOOST_TEST(docker.at(source).is_null());
}

BOOST_AUTO_TEST_CASE(a_status_of_zeros_counts_as_a_status)
{
    auto const cr = parse_with(R"("status":{"secretsDesired":0})");
    BOOST_TEST(cr.has_status);
    BOOST_TEST((cr.status == image_pull_secret_status()));
}

BOOST_AUTO_TEST_CASE(no_value_is_carried_over_to_the_next_object)
{
    reader seen;
    kube::list_decoder decoder(seen);
    decoder.begin_page();
    BOOST_TEST(!decoder.on_body(
        std::string(R"({"kind":"ImagePullSecretList","metadata":{"resourceVersion":"9"},"items":[)") +
        real_object + R"(,{"metadata":{"name":"bare","resourceVersion":"2"}}]})"
    ));
    BOOST_TEST_REQUIRE(seen.objects.size() == 2u);
    BOOST_TEST(seen.objects[0].generation == 3);
    auto const& bare = seen.objects[1];
    BOOST_TEST(bare.generation == 0);
    BOOST_TEST((bare.spec == image_pull_secret_spec()));
    BOOST_TEST((bare.status == image_pull_secret_status()));
    BOOST_TEST(!bare.has_status);
}

BOOST_AUTO_TEST_CASE(lists_of_a_wrong_type_are_ignored)
{
    // A CRD without a schema for the status accepts any status. The CRD of the original add-on may lack it.
    auto const cr = parse_with(
        R"("spec":{"namespaceSelector":{"matchExpressions":["x",null,{"values":"y"}]},)"
        R"("excludedNamespaces":"z"},)"
        R"("status":{"secretUpdateSuccessful":["a",1,null],"secretUpdateFailed":[true],)"
        R"("serviceAccountsModifySuccessful":["b"],"serviceAccountsModifyFailed":{"c":1},"conditions":["d"],)"
        R"("secretsDesired":"many","sAsDesired":-3,"sAsSuccess":1.5})"
    );
    BOOST_TEST(cr.status.secrets_updated.empty());
    BOOST_TEST(cr.status.secrets_failed.empty());
    BOOST_TEST(cr.status.accounts_updated.empty());
    BOOST_TEST(cr.status.accounts_failed.empty());
    BOOST_TEST(cr.status.conditions.empty());
    BOOST_TEST(cr.status.secrets_desired == 0);
    BOOST_TEST(cr.spec.excluded_namespaces.empty());
}

BOOST_AUTO_TEST_CASE(a_written_status_reads_back_equal)
{
    BOOST_TEST((parse_patch(status_patch(full_status())) == full_status()));
    BOOST_TEST((parse_patch(status_patch({})) == image_pull_secret_status()));
}

BOOST_AUTO_TEST_CASE(a_written_status_reads_back_equal_whichever_fields_are_empty)
{
    auto without_end = full_status();
    without_end.credential_expires_at.clear();
    auto without_refresh = full_status();
    without_refresh.credential_refreshed_at.clear();
    auto without_credential = without_end;
    without_credential.credential_refreshed_at.clear();
    auto without_conditions = full_status();
    without_conditions.conditions.clear();
    for (auto const& each : {without_end, without_refresh, without_credential, without_conditions})
        BOOST_TEST((parse_patch(status_patch(each)) == each), status_patch(each));
}

BOOST_AUTO_TEST_CASE(a_status_that_another_program_wrote_reads_back_equal_once_it_is_written)
{
    // Without a schema for the status, success entries of another program may have more members than ours.
    auto const theirs = parse_with(
        R"("status":{"secretsDesired":1,"secretUpdateSuccessful":[{"namespacedName":"a/x","reason":"r",)"
        R"("message":"m"}],)"
        R"("serviceAccountsModifySuccessful":[{"namespacedName":"a/b","reason":"r","message":"m"}]})"
    );
    BOOST_TEST((parse_patch(status_patch(theirs.status)) == theirs.status));
}

BOOST_AUTO_TEST_CASE(an_empty_member_of_the_credential_is_removed)
{
    auto status = full_status();
    status.credential_expires_at.clear();
    auto const credential = boost::json::parse(status_patch(status)).at("status").at("credential");
    BOOST_TEST(credential.at("expiresAt").is_null());
    BOOST_TEST(credential.at("lastRefreshTime").as_string() == status.credential_refreshed_at);
}

BOOST_AUTO_TEST_CASE(a_status_patch_replaces_every_field_by_its_name)
{
    auto const body = boost::json::parse(status_patch({}));
    // The patch contains empty lists and zeros, because a merge patch does not change members that it lacks.
    auto const expected = boost::json::parse(R"({"status":{
        "secretsDesired":0,"secretsSuccess":0,"sAsDesired":0,"sAsSuccess":0,"observedGeneration":0,
        "secretUpdateSuccessful":[],"secretUpdateFailed":[],"serviceAccountsModifySuccessful":[],
        "serviceAccountsModifyFailed":[],"conditions":[],"credential":null}})");
    BOOST_TEST((body == expected));
}

BOOST_AUTO_TEST_CASE(the_entries_of_a_status_patch_match_the_crd)
{
    auto const status = boost::json::parse(status_patch(full_status())).at("status");
    BOOST_TEST(
        (status.at("secretUpdateSuccessful").at(0) ==
         boost::json::parse(R"({"namespacedName":"a/tcr.ipsx","updatedAt":"2026-11-24T01:02:07Z"})"))
    );
    BOOST_TEST(
        (status.at("serviceAccountsModifySuccessful").at(0) ==
         boost::json::parse(R"({"namespacedName":"a/default","updatedAt":"2026-11-24T01:02:10Z"})"))
    );
    BOOST_TEST(
        (status.at("serviceAccountsModifyFailed").at(0) ==
         boost::json::parse(
             R"({"namespacedName":"b/builder","lastAttemptAt":"2026-11-24T01:02:09Z","reason":"Forbidden",)"
             R"("message":"no"})"
         ))
    );
    BOOST_TEST(
        status.at("secretUpdateFailed").at(0).at("message").as_string() == "\"theirs\" <&> \\ \n 拒绝 😀"
    );
    BOOST_TEST(
        (status.at("conditions").at(1) ==
         boost::json::parse(R"({"type":"Conflicting","status":"True","reason":"ForeignSecret","message":"m",)"
                            R"("lastTransitionTime":"2026-11-24T01:02:05Z","observedGeneration":7})"))
    );
    BOOST_TEST(status.at("observedGeneration").as_int64() == 7);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace image_pull_secret_test
