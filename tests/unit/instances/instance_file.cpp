// SPDX-License-Identifier: Apache-2.0

#include "instance_file.hpp"

#include <boost/test/unit_test.hpp>

namespace instance_file_test
{

using namespace tcr;
using namespace tcr::instances;

instance_list parse(std::string const& text)
{
    auto const parsed = parse_instances("instances /f", text);
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message()));
    return *parsed;
}

std::string problem(std::string const& text)
{
    auto const parsed = parse_instances("instances /f", text);
    return parsed ? "" : parsed.error().message();
}

BOOST_AUTO_TEST_CASE(an_instance_is_read_with_all_its_fields)
{
    auto const list = parse(R"(instances:
  - registryId: tcr-dg284imq
    region: ap-guangzhou
    domains: [public, vpc, custom, registry.example.com]
    namespaces: a,b
    serviceAccounts: default
    excludedNamespaces: [c]
    credential: {type: tcr, tokenType: longterm}
  - registryId: tcr-other
    region: ap-nanjing
    credential: {type: static, username: 100012345678, password: 0123}
  - registryId: tcr-third
    region: ap-nanjing
    credential: {type: secretRef, username: u, passwordSecretRef: {name: s}}
)");
    BOOST_REQUIRE(list.instances.size() == 3u);
    auto const& first = list.instances[0];
    BOOST_TEST(first.id.id == "tcr-dg284imq");
    BOOST_TEST(first.id.region == "ap-guangzhou");
    BOOST_TEST(first.domains.size() == 4u);
    BOOST_TEST(first.spec.namespaces == "a,b");
    BOOST_TEST(first.spec.service_accounts == "default");
    BOOST_TEST(first.spec.excluded_namespaces.size() == 1u);
    BOOST_REQUIRE(first.spec.tcr.has_value());
    BOOST_TEST(first.spec.tcr->token_type == "longterm");
    auto const& second = list.instances[1];
    BOOST_TEST(!second.spec.tcr.has_value());
    BOOST_TEST(!second.spec.password_from.has_value());
    BOOST_TEST(second.spec.username == "100012345678");
    BOOST_TEST(second.spec.password == "0123");
    BOOST_TEST(second.domains.front() == "public");
    BOOST_TEST(second.spec.namespaces == "*");
    auto const& third = list.instances[2];
    BOOST_TEST(!third.spec.tcr.has_value());
    BOOST_TEST(third.spec.password_from->name == "s");
    BOOST_TEST(third.spec.password_from->key == "password");
}

BOOST_AUTO_TEST_CASE(values_of_the_original_add_on_are_read_unchanged)
{
    auto const list = parse(R"(global:
  cluster: {region: gz, longregion: ap-guangzhou}
  hosts: [{domain: name.tencentcloudcr.com, ip: 10.0.0.1, disabled: false}]
  imagePullSecretsCrs:
    - name: tcr-dg284imq-public
      namespaces: "*"
      serviceAccounts: ""
      type: docker
      dockerUsername: "100014364822"
      dockerPassword: a.b.tcr-token
      dockerServer: nicokang-tcr-gz.tencentcloudcr.com
instances: [{registryId: tcr-x}]
)");
    BOOST_REQUIRE(list.image_pull_secrets.size() == 1u);
    auto const& object = list.image_pull_secrets[0];
    BOOST_TEST(object.name == "tcr-dg284imq-public");
    BOOST_TEST(object.spec.namespaces == "*");
    BOOST_TEST(object.spec.service_accounts == "*");
    BOOST_TEST(object.spec.username == "100014364822");
    BOOST_TEST(object.spec.password == "a.b.tcr-token");
    BOOST_TEST(object.spec.server == "nicokang-tcr-gz.tencentcloudcr.com");
    BOOST_TEST(list.instances[0].id.region == "ap-guangzhou");
}

BOOST_AUTO_TEST_CASE(a_list_is_empty_only_if_it_is_explicit)
{
    for (auto const* text :
         {"instances: []", "---\ninstances: []\n", "{\"instances\":[]}", "instances: []\nglobal: {}"})
    {
        auto const list = parse(text);
        BOOST_TEST(list.instances.empty(), text);
        BOOST_TEST(list.image_pull_secrets.empty(), text);
    }
    // Any other empty file may be cut off or be the wrong file. It is refused, because it would remove every
    // credential.
    std::pair<std::string, std::string> const cases[] = {
        {"", "line 1: is empty; write \"instances: []\" for an empty list"},
        {"\n", "line 1: is empty"},
        {"# none\n", "line 1: is empty"},
        {"\xef\xbb\xbf", "line 1: is empty"},
        {"---\n", "line 1: is empty"},
        {"~", "line 1: is empty"},
        {",\n", "line 1: is not YAML: no value begins with this character"},
        {"%\n", "line 1: is not YAML: no document begins there"},
        {"---\n# made by ops\n---\ninstances:\n  - registryId: tcr-dg284imq\n    region: ap-guangzhou\n",
         "line 3: a second document; remove the line '---' there"},
        {"instances: []\n---\n", "line 2: a second document"},
        {"{\"instances\":[]},\n", "line 1: is not YAML: text follows the value"},
        {"instances:\n",
         "line 1, instances: has no value; write one, [] for an empty list, or remove the line"},
        {"instances: ~\n", "line 1, instances: has no value"},
        {"{}", "line 1: has no entries; write \"instances: []\" for an empty list"},
        {"global: {}", "line 1: has no entries"},
        {"global: {imagePullSecretsCrs: []}", "line 1: has no entries"},
        {"global:\n", "line 1, global: has no value"},
        {"global:\n  imagePullSecretsCrs:\n", "line 2, global.imagePullSecretsCrs: has no value"},
        // A missing value is refused, because the default would be all namespaces.
        {"instances:\n- registryId: x\n  region: r\n  namespaces:\n",
         "line 4, instances[0].namespaces: has no value"},
    };
    for (auto const& [text, expected] : cases)
        BOOST_TEST(problem(text).starts_with("instances /f, " + expected), text << " -> " << problem(text));
}

BOOST_AUTO_TEST_CASE(a_list_cut_off_within_a_line_is_refused)
{
    std::string const whole =
        "instances:\n  - registryId: tcr-a\n    region: ap-guangzhou\n    domains: [public]\n"
        "  - registryId: tcr-b\n    region: ap-guangzhou\n    namespaces: a\n";
    for (std::size_t size = 0; size < whole.size(); ++size)
    {
        auto const parsed = parse_instances("instances /f", whole.substr(0, size));
        // The parser cannot detect missing lines at the end. settle_state and removal_state handle this case.
        if (parsed)
            BOOST_TEST(!parsed->instances.empty(), size);
    }
}

BOOST_AUTO_TEST_CASE(unused_values_of_the_original_add_on_may_be_empty)
{
    BOOST_TEST(
        parse("instances: [{registryId: tcr-x}]\nglobal: {hosts: , cluster: {region: , longregion: r}}")
            .instances[0]
            .id.region == "r"
    );
}

BOOST_AUTO_TEST_CASE(an_error_names_its_place)
{
    std::string const head = "instances:\n  - registryId: tcr-x\n    region: r\n";
    std::pair<std::string, std::string> const cases[] = {
        {"[", "instances /f, line 1: is not YAML"},
        {"a", "instances /f, line 1: must be a mapping"},
        {"instance: []", "instances /f, line 1, instance: unknown key; the keys are global, instances"},
        {"instances: {}", "instances /f, line 1, instances: must be a list"},
        {"instances: [a]", "instances /f, line 1, instances[0]: must be a mapping"},
        {"instances: [{region: r}]", "instances /f, line 1, instances[0].registryId: is required"},
        {"instances: [{registryId: x}]", "instances /f, line 1, instances[0].region: is required"},
        {"instances: [{registryId: X, region: r}]",
         "instances /f, line 1, instances[0]: metadata.name \"X-public\" has capital letters"},
        {head + "    domains: public\n", "instances /f, line 4, instances[0].domains: must be a list"},
        {head + "    domains: [https://x.y]\n", "instances /f, line 2, instances[0]: spec.docker.server"},
        {head + "    namespaces: dev-*\n", "instances /f, line 2, instances[0]: spec.namespaces name 1"},
        {head + "    credential: {type: none}\n",
         "instances /f, line 4, instances[0].credential.type: must be tcr, static or secretRef"},
        {head + "    credential: {tokenType: x}\n",
         "instances /f, line 4, instances[0].credential.tokenType: must be temp or longterm"},
        {head + "    credential: {type: tcr, username: u}\n",
         "instances /f, line 4, instances[0].credential: of type tcr must have no"},
        {head + "    credential: {type: static, username: u}\n",
         "instances /f, line 4, instances[0].credential: of type static must have"},
        {head + "    credential: {type: secretRef, username: u}\n",
         "instances /f, line 4, instances[0].credential: of type secretRef must have"},
        {head + "    region: s\n", "instances /f, line 4, instances[0].region: occurs more than once"},
        {head + "  - {registryId: tcr-x, region: r}\n",
         "instances /f, line 4, instances[1].registryId: occurs more than once"},
        {"global: {imagePullSecretsCrs: [{name: a, type: oci}]}",
         "instances /f, line 1, global.imagePullSecretsCrs[0].type: must be docker"},
        {"global: {imagePullSecretsCrs: [{name: a}]}",
         "instances /f, line 1, global.imagePullSecretsCrs[0]: spec.docker.server"},
        {"global: {crs: []}",
         "instances /f, line 1, global.crs: unknown key; the keys are cluster, hosts, "
         "imagePullSecretsCrs"},
    };
    for (auto const& [text, expected] : cases)
        BOOST_TEST(problem(text).starts_with(expected), text << " -> " << problem(text));
}

BOOST_AUTO_TEST_CASE(two_objects_of_one_name_are_refused)
{
    std::string const object =
        "{name: tcr-x-public, dockerUsername: u, dockerPassword: p, dockerServer: x.y}";
    BOOST_TEST(
        problem("global: {imagePullSecretsCrs: [" + object + ", " + object + "]}") ==
        "instances /f, global.imagePullSecretsCrs: two entries have the name tcr-x-public"
    );
    BOOST_TEST(problem(
                   "global: {imagePullSecretsCrs: [" + object +
                   "]}\ninstances: [{registryId: tcr-x, region: r}]"
    )
                   .ends_with("would create a second ImagePullSecret tcr-x-public"));
}

BOOST_AUTO_TEST_CASE(an_error_contains_no_credential)
{
    for (auto const* text :
         {"instances: [{registryId: x, region: r, credential: {type: static, username: u, password: "
          "[hunter22]}}]",
          "instances: [{registryId: x, region: r, credential: {password:hunter22}}]",
          "instances: [{registryId: x, region: r, credential: {type: static, password: hunter22}}]",
          "global: {imagePullSecretsCrs: [{name: a, dockerPassword: hunter22, dockerServer: "
          "'https://u:hunter22@x'}]}",
          "instances: [{registryId: x, region: r, credential: {password: \"hunter22}}]"})
    {
        BOOST_TEST(problem(text) != "", text);
        BOOST_TEST(problem(text).find("hunter22") == std::string::npos, problem(text));
    }
}

}  // namespace instance_file_test
