// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/credential_source.hpp>
#include <tcr/controller/pull_secret.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace tcr::controller
{

inline std::ostream& boost_test_print_type(std::ostream& out, ownership owner)
{
    static char const* const words[] = {"absent", "ours", "unowned", "foreign"};
    return out << words[static_cast<int>(owner)];
}

}  // namespace tcr::controller

namespace pull_secret_test
{

using namespace tcr;
using namespace tcr::controller;
namespace json = boost::json;

constexpr char data[] =
    "eyJhdXRocyI6eyJyZWdpc3RyeS5leGFtcGxlLmNvbSI6eyJ1c2VybmFtZSI6IjEwMDAxMjM0NTY3OCIsInBhc3N3b3JkIjoidGNyLmp3"
    "dC50b2tlbiIsImF1dGgiOiJNVEF3TURFeU16UTFOamM0T25SamNpNXFkM1F1ZEc5clpXND0ifX19";
constexpr char hash[] =
    "3824283df98bbda0fd413b8a5fcbff7c";  // first 16 bytes of the SHA-256 of the decoded `data`

image_pull_secret sample(std::string name = "sample")
{
    image_pull_secret cr;
    cr.name = std::move(name);
    cr.uid = "2109f384-240b-405c-9ce8-73ce938a7c2f";
    cr.spec.server = "registry.example.com";
    cr.spec.username = "100012345678";
    cr.spec.password = "tcr.jwt.token";
    return cr;
}

pull_secret secret_of(image_pull_secret const& cr)
{
    return pull_secret(cr, literal_credential(cr.spec).found);
}

constexpr char our_owner[] =
    R"({"apiVersion":"tcr.tencentcloudcr.com/v1","kind":"ImagePullSecret","name":"sample",)"
    R"("uid":"2109f384-240b-405c-9ce8-73ce938a7c2f"})";
constexpr char deployment_owner[] = R"({"apiVersion":"apps/v1","kind":"Deployment","name":"web",)"
                                    R"("uid":"99999999-240b-405c-9ce8-73ce938a7c2f"})";

/// A Secret as the API server prints it. The default values are the Secret that `sample()` requires.
struct server_secret
{
    std::string name = "tcr.ipssample";
    std::string type = "kubernetes.io/dockerconfigjson";
    std::string managed_by = "tcr-assistant";  // if empty, the label is absent
    std::string image_pull_secret_label = "sample";
    std::string annotation = hash;
    std::string owners = our_owner;
    std::string content = std::string(R"(".dockerconfigjson":")") + data + "\"";
    std::string more_labels;
    std::string tail;

    std::string text() const
    {
        auto member = [](std::string_view key, std::string const& value)
        { return value.empty() ? std::string() : "\"" + std::string(key) + "\":\"" + value + "\","; };
        auto labels = member(managed_by_label, managed_by) + member(cr_label_key, image_pull_secret_label) +
                      more_labels;
        if (!labels.empty() && labels.back() == ',')
            labels.pop_back();
        auto annotations = member(hash_annotation, annotation);
        if (!annotations.empty())
            annotations.pop_back();
        return R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":")" + name +
               R"(","namespace":"team-a","uid":"11111111-0000-0000-0000-000000000000",)"
               R"("resourceVersion":"512",)"
               R"("creationTimestamp":"2026-11-24T01:02:03Z","labels":{)" +
               labels + R"(},"annotations":{)" + annotations + R"(},"ownerReferences":[)" + owners +
               R"(],"managedFields":[{"manager":"tcr-assistant","operation":"Update","apiVersion":"v1",)"
               R"("time":)"
               R"("2026-11-24T01:02:03Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},)"
               R"("f:.dockerconfigjson":{}},)"
               R"("f:metadata":{"f:labels":{"f:app.kubernetes.io/managed-by":{}}},"f:type":{}}}]},"data":{)" +
               content + R"(},"type":")" + type + "\"" + tail + "}\n";
    }

    static constexpr std::string_view cr_label_key = controller::image_pull_secret_label;
};

pull_secret_classifier classify(std::string const& text, std::size_t piece = std::string::npos)
{
    pull_secret_classifier classified;
    kube::single_object_decoder decoder(classified, kube::object_event::modified);
    decoder.begin();
    for (std::size_t at = 0; at < text.size(); at += std::min(piece, text.size()))
        BOOST_TEST_REQUIRE(!decoder.on_body(std::string_view(text).substr(at, piece)));
    BOOST_TEST_REQUIRE(decoder.complete());
    return classified;
}

pull_secret_classifier classify(server_secret const& secret)
{
    return classify(secret.text());
}

BOOST_AUTO_TEST_SUITE(pull_secrets)

BOOST_AUTO_TEST_CASE(names_and_labels_derive_from_the_image_pull_secrets_name)
{
    BOOST_TEST(secret_name("sample") == "tcr.ipssample");
    BOOST_TEST(secret_name("tcr-abc-vpc") == "tcr.ipstcr-abc-vpc");
    BOOST_TEST(label_value_of("sample") == "sample");
    BOOST_TEST(label_value_of(std::string(63, 'n')) == std::string(63, 'n'));
}

BOOST_AUTO_TEST_CASE(a_name_too_long_for_a_label_is_hashed)
{
    BOOST_TEST(label_value_of(std::string(64, 'n')) == "sha256-ce068a195ab380a813c713035ed74921");
    BOOST_TEST(label_value_of(std::string(246, 'n')).size() <= 63u);
    BOOST_TEST(label_value_of(std::string(246, 'n')) != label_value_of(std::string(245, 'n')));
    pull_secret const wanted = secret_of(sample(std::string(64, 'n')));
    BOOST_TEST(wanted.name == "tcr.ips" + std::string(64, 'n'));
    auto const meta = json::parse(wanted.create_body).at("metadata");
    BOOST_TEST(
        meta.at("labels").at("tcr.tencentcloudcr.com/imagepullsecret").as_string() ==
        "sha256-ce068a195ab380a813c713035ed74921"
    );
    BOOST_TEST(meta.at("ownerReferences").at(0).at("name").as_string() == std::string(64, 'n'));
}

BOOST_AUTO_TEST_CASE(the_create_body_is_a_complete_secret)
{
    pull_secret const wanted = secret_of(sample());
    BOOST_TEST(wanted.name == "tcr.ipssample");
    auto const expected = json::parse(
        R"({"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/dockerconfigjson","metadata":{)"
        R"("name":"tcr.ipssample","labels":{"app.kubernetes.io/managed-by":"tcr-assistant",)"
        R"("tcr.tencentcloudcr.com/imagepullsecret":"sample"},"annotations":{)"
        R"("tcr.tencentcloudcr.com/content-hash":")" +
        std::string(hash) + R"("},"ownerReferences":[)" + our_owner + R"(]},"data":{".dockerconfigjson":")" +
        data + "\"}}"
    );
    BOOST_TEST((json::parse(wanted.create_body) == expected), wanted.create_body);
}

BOOST_AUTO_TEST_CASE(the_update_body_requires_one_version_and_keeps_name_and_type)
{
    pull_secret const wanted = secret_of(sample());
    auto const update = json::parse(wanted.update_body(18446744073709551615u)).as_object();
    auto created = json::parse(wanted.create_body).as_object();
    BOOST_TEST(update.size() == 2u);
    BOOST_TEST((update.at("data") == created.at("data")));
    auto expected = created.at("metadata").as_object();
    expected.erase("name");
    expected["resourceVersion"] = "18446744073709551615";
    // null removes the annotation, because the previous credential may have been a token.
    expected["annotations"].as_object()["tcr.tencentcloudcr.com/expires-at"] = nullptr;
    BOOST_TEST((update.at("metadata").as_object() == expected));
}

BOOST_AUTO_TEST_CASE(the_bodies_are_valid_json_whatever_the_credential)
{
    auto cr = sample();
    cr.spec.password = "\"\\\n<&>\x01密码😀";
    pull_secret const wanted = secret_of(cr);
    json::error_code ec;
    json::parse(wanted.create_body, ec);
    BOOST_TEST(!ec);
    json::parse(wanted.update_body(1), ec);
    BOOST_TEST(!ec);
}

BOOST_AUTO_TEST_CASE(a_secret_as_desired_has_the_desired_fingerprint)
{
    pull_secret const wanted = secret_of(sample());
    auto const classified = classify(server_secret());
    BOOST_TEST(classified.state.fingerprint == wanted.fingerprint);
    BOOST_TEST(!classified.state.is_foreign);
    BOOST_TEST(!classified.state.is_immutable);
    BOOST_TEST(classified.resource_version == 512u);
    BOOST_TEST(classified.owner == ownership::ours);
}

BOOST_AUTO_TEST_CASE(the_fingerprint_does_not_depend_on_the_pieces_of_the_answer)
{
    pull_secret const wanted = secret_of(sample());
    auto const text = server_secret().text();
    for (std::size_t piece : {1u, 2u, 3u, 17u, 100u})
        BOOST_TEST(classify(text, piece).state.fingerprint == wanted.fingerprint);
}

BOOST_AUTO_TEST_CASE(the_answer_to_a_create_has_the_desired_fingerprint)
{
    for (std::string const& name : {std::string("sample"), std::string(200, 'n')})
    {
        auto cr = sample(name);
        cr.spec.password = "p<q>&\"\\/é";
        pull_secret const wanted = secret_of(cr);
        // The server adds its own fields and prints the members in another order.
        auto stored = json::parse(wanted.create_body).as_object();
        auto& meta = stored["metadata"].as_object();
        meta["namespace"] = "ns";
        meta["resourceVersion"] = "7";
        meta["uid"] = "u";
        json::object shuffled{
            {"data", stored["data"]}, {"immutable", nullptr}, {"metadata", meta}, {"type", stored["type"]}};
        BOOST_TEST(classify(json::serialize(shuffled)).state.fingerprint == wanted.fingerprint);
    }
}

BOOST_AUTO_TEST_CASE(each_single_difference_changes_the_fingerprint)
{
    pull_secret const wanted = secret_of(sample());
    std::vector<std::pair<char const*, server_secret>> changed;
    auto change = [&](char const* what, auto edit)
    {
        server_secret secret;
        edit(secret);
        changed.emplace_back(what, std::move(secret));
    };
    change("data", [](auto& s) { s.content = R"(".dockerconfigjson":"eyJhdXRocyI6e319")"; });
    change("data by one character", [](auto& s) { s.content[30] = s.content[30] == 'x' ? 'y' : 'x'; });
    change("data empty", [](auto& s) { s.content = R"(".dockerconfigjson":"")"; });
    change("data gone", [](auto& s) { s.content.clear(); });
    change("data null", [](auto& s) { s.content = R"(".dockerconfigjson":null)"; });
    change("label", [](auto& s) { s.image_pull_secret_label = "other"; });
    change("label gone", [](auto& s) { s.image_pull_secret_label.clear(); });
    change("managed-by", [](auto& s) { s.managed_by = "helm"; });
    change("managed-by gone", [](auto& s) { s.managed_by.clear(); });
    change("annotation", [](auto& s) { s.annotation = "0"; });
    change("annotation gone", [](auto& s) { s.annotation.clear(); });
    change("owner gone", [](auto& s) { s.owners.clear(); });
    change("owner uid", [](auto& s) { s.owners.replace(s.owners.find("2109"), 4, "2108"); });
    change("owner of another kind", [](auto& s) { s.owners = deployment_owner; });
    for (auto const& [what, secret] : changed)
        BOOST_TEST(classify(secret).state.fingerprint != wanted.fingerprint, what);
}

BOOST_AUTO_TEST_CASE(each_field_that_the_secret_shows_changes_the_fingerprint)
{
    pull_secret const wanted = secret_of(sample());
    auto check = [&](auto edit)
    {
        auto cr = sample();
        edit(cr);
        BOOST_TEST(secret_of(cr).fingerprint != wanted.fingerprint);
    };
    check([](auto& cr) { cr.name = "other"; });
    check([](auto& cr) { cr.uid = "other"; });
    check([](auto& cr) { cr.spec.server = "other"; });
    check([](auto& cr) { cr.spec.username = "other"; });
    check([](auto& cr) { cr.spec.password = "other"; });
    // A change of namespaces, accounts or generation does not change the fingerprint.
    auto cr = sample();
    cr.spec.namespaces = "a";
    cr.spec.service_accounts = "b";
    cr.generation = 9;
    BOOST_TEST(secret_of(cr).fingerprint == wanted.fingerprint);
}

BOOST_AUTO_TEST_CASE(fields_of_others_do_not_change_the_fingerprint)
{
    pull_secret const wanted = secret_of(sample());
    server_secret more;
    more.more_labels = R"("argocd.argoproj.io/instance":"x")";
    more.owners = std::string(deployment_owner) + "," + our_owner;
    more.content += R"(,"other":"eA==")";
    more.tail = R"(,"immutable":true)";
    auto const classified = classify(more);
    BOOST_TEST(classified.state.fingerprint == wanted.fingerprint);
    BOOST_TEST(classified.state.is_immutable);
    more.tail = R"(,"immutable":false)";
    BOOST_TEST(!classify(more).state.is_immutable);
}

BOOST_AUTO_TEST_CASE(ownership_depends_on_type_owner_and_label)
{
    struct row
    {
        char const* what;
        server_secret secret;
        ownership owner;
    };
    std::vector<row> rows;
    auto add = [&](char const* what, ownership owner, auto edit)
    {
        server_secret secret;
        edit(secret);
        rows.push_back({what, std::move(secret), owner});
    };
    auto bare = [](server_secret& s)
    {
        s.managed_by.clear();
        s.image_pull_secret_label.clear();
        s.annotation.clear();
        s.owners.clear();
    };
    add("as wanted", ownership::ours, [](auto&) {});
    add("label lost", ownership::ours, [](auto& s) { s.managed_by.clear(); });
    add("label taken over, owner ours", ownership::ours, [](auto& s) { s.managed_by = "helm"; });
    add("owner stripped", ownership::unowned, [](auto& s) { s.owners.clear(); });
    add("one of two owners ours",
        ownership::ours,
        [](auto& s) { s.owners = std::string(our_owner) + "," + deployment_owner; });
    add("ours first, without label",
        ownership::ours,
        [](auto& s)
        {
            s.managed_by.clear();
            s.owners = std::string(our_owner) + "," + deployment_owner;
        });
    add("owner of an older version of the API",
        ownership::ours,
        [](auto& s)
        {
            s.managed_by.clear();
            s.owners.replace(s.owners.find("/v1"), 3, "/v2");
        });
    add("the original software's", ownership::unowned, bare);
    add("the original software's with another label",
        ownership::unowned,
        [&](auto& s)
        {
            bare(s);
            s.more_labels = R"("x":"y")";
        });
    add("another owner",
        ownership::foreign,
        [&](auto& s)
        {
            bare(s);
            s.owners = deployment_owner;
        });
    add("our label, another owner", ownership::foreign, [](auto& s) { s.owners = deployment_owner; });
    add("another label",
        ownership::foreign,
        [&](auto& s)
        {
            bare(s);
            s.managed_by = "helm";
        });
    add("another type", ownership::foreign, [](auto& s) { s.type = "Opaque"; });
    add("another type without marks",
        ownership::foreign,
        [&](auto& s)
        {
            bare(s);
            s.type = "kubernetes.io/dockercfg";
        });
    add("a kind of our name in another group",
        ownership::foreign,
        [&](auto& s)
        {
            bare(s);
            s.owners = our_owner;
            s.owners.replace(s.owners.find("tcr.tencentcloudcr.com/"), 23, "images.example.com/");
        });
    add("another kind of our group",
        ownership::foreign,
        [&](auto& s)
        {
            bare(s);
            s.owners = our_owner;
            s.owners.replace(s.owners.find("ImagePullSecret"), 15, "Instance");
        });
    for (auto const& each : rows)
    {
        auto const classified = classify(each.secret);
        BOOST_TEST(classified.owner == each.owner, each.what);
        BOOST_TEST(classified.state.is_foreign == (each.owner == ownership::foreign), each.what);
        BOOST_TEST(classified.state.is_unowned == (each.owner == ownership::unowned), each.what);
        BOOST_TEST(classified.state.has_our_label == (each.secret.managed_by == managed_by_value), each.what);
    }
}

BOOST_AUTO_TEST_CASE(without_an_object_the_owner_is_absent)
{
    BOOST_TEST(pull_secret_classifier().owner == ownership::absent);
}

BOOST_AUTO_TEST_CASE(a_secret_without_a_type_is_foreign)
{
    BOOST_TEST(
        classify(std::string(R"({"metadata":{"name":"tcr.ipsx","resourceVersion":"1"}})")).owner ==
        ownership::foreign
    );
}

/// A store and its reflector. Records the changes that the reflector reports.
struct reflected
{
    runtime::cluster_store store;
    std::vector<runtime::change> reported;
    pull_secret_reflector reflector{store, [this](runtime::stored event) { reported.push_back(event.what); }};
    kube::watch_decoder watch{reflector};

    void event(std::string const& type, std::string secret, std::string const& version)
    {
        secret.replace(secret.find("\"512\""), 5, "\"" + version + "\"");
        BOOST_TEST_REQUIRE(!watch.on_body(R"({"type":")" + type + R"(","object":)" + secret + "}\n"));
    }
    std::vector<runtime::cluster_store::secret_view> secrets() const
    {
        std::vector<runtime::cluster_store::secret_view> all;
        if (auto where = store.find_namespace("team-a"))
            store.for_each_secret(*where, [&](auto const& secret) { all.push_back(secret); });
        return all;
    }
};

BOOST_AUTO_TEST_CASE(the_reflector_keeps_hashes_of_secrets_with_our_prefix)
{
    reflected at;
    pull_secret const wanted = secret_of(sample());
    at.watch.begin_watch(1);
    server_secret other;
    other.name = "registry";
    at.event("ADDED", other.text(), "512");
    BOOST_TEST(at.secrets().empty());
    BOOST_TEST(at.reported.empty());
    at.event("ADDED", server_secret().text(), "513");
    BOOST_TEST_REQUIRE(at.secrets().size() == 1u);
    BOOST_TEST(at.secrets()[0].name == "tcr.ipssample");
    BOOST_TEST(at.secrets()[0].resource_version == 513u);
    BOOST_TEST(at.secrets()[0].state.fingerprint == wanted.fingerprint);

    server_secret edited;
    edited.content = R"(".dockerconfigjson":"eyJhdXRocyI6e319")";
    edited.tail = R"(,"immutable":true)";
    at.event("MODIFIED", edited.text(), "514");
    BOOST_TEST(at.secrets()[0].state.fingerprint != wanted.fingerprint);
    BOOST_TEST(at.secrets()[0].state.is_immutable);
    // The reflector does not use values of the previous event for this event.
    at.event("MODIFIED", server_secret().text(), "515");
    BOOST_TEST(at.secrets()[0].state.fingerprint == wanted.fingerprint);
    BOOST_TEST(!at.secrets()[0].state.is_immutable);
    server_secret taken;
    taken.type = "Opaque";
    at.event("MODIFIED", taken.text(), "516");
    BOOST_TEST(at.secrets()[0].state.is_foreign);
    at.event("DELETED", taken.text(), "517");
    BOOST_TEST(at.secrets().empty());
    using runtime::change;
    BOOST_TEST(
        (at.reported ==
         std::vector<change>{
             change::added, change::modified, change::modified, change::modified, change::removed})
    );
}

/// A Secret of ours without the ImagePullSecret label, annotation, owners and data.
server_secret bare_secret()
{
    server_secret bare;
    bare.image_pull_secret_label.clear();
    bare.annotation.clear();
    bare.owners.clear();
    bare.content.clear();
    return bare;
}

BOOST_AUTO_TEST_CASE(no_value_of_a_secret_is_carried_over_to_the_next)
{
    server_secret full;
    full.owners = std::string(our_owner) + "," + deployment_owner;
    full.tail = R"(,"immutable":true)";
    server_secret theirs;
    theirs.owners = deployment_owner;
    for (auto const& before : {full, theirs})
    {
        reflected at;
        at.watch.begin_watch(1);
        at.event("ADDED", before.text(), "513");
        at.event("MODIFIED", bare_secret().text(), "514");
        BOOST_TEST_REQUIRE(at.secrets().size() == 1u);
        BOOST_TEST((at.secrets()[0].state == classify(bare_secret()).state));
    }
}

BOOST_AUTO_TEST_CASE(a_reflector_of_one_name_keeps_secrets_with_any_label_and_only_this_name)
{
    runtime::cluster_store store;
    std::vector<runtime::change> reported;
    pull_secret_reflector reflector(
        store, [&](runtime::stored event) { reported.push_back(event.what); }, std::string("tcr.ipssample")
    );
    kube::list_decoder page(reflector);
    auto const list = [&](std::string const& items)
    {
        reflector.begin_list();
        page.begin_page();
        BOOST_TEST_REQUIRE(!page.on_body(
            R"({"kind":"SecretList","metadata":{"resourceVersion":"600"},"items":[)" + items + "]}"
        ));
        reflector.end_list(600);
    };
    server_secret taken;
    taken.type = "Opaque";
    server_secret other;
    other.name = "tcr.ipsother";
    list(taken.text() + "," + other.text());
    auto const where = store.find_namespace("team-a");
    BOOST_TEST_REQUIRE(where.has_value());
    BOOST_TEST_REQUIRE(store.find_secret(*where, "tcr.ipssample").has_value());
    BOOST_TEST(store.find_secret(*where, "tcr.ipssample")->state.is_foreign);
    BOOST_TEST(!store.find_secret(*where, "tcr.ipsother"));
    list("");
    BOOST_TEST((reported == std::vector<runtime::change>{runtime::change::added, runtime::change::removed}));
}

BOOST_AUTO_TEST_CASE(no_value_of_an_incomplete_secret_is_carried_over)
{
    auto const text = R"({"type":"ADDED","object":)" + server_secret().text() + "}\n";
    auto const bare = bare_secret().text();
    for (std::size_t cut = 1; cut + 2 < text.size(); cut += 3)
    {
        reflected at;
        at.watch.begin_watch(1);
        BOOST_TEST(!at.watch.on_body(std::string_view(text).substr(0, cut)));
        at.watch.begin_watch(1);
        at.event("ADDED", bare, "513");
        BOOST_TEST_REQUIRE(at.secrets().size() == 1u);
        BOOST_TEST((at.secrets()[0].state == classify(bare).state), "cut at " << cut);
        at.event("MODIFIED", server_secret().text(), "514");
        BOOST_TEST(at.secrets()[0].state.fingerprint == secret_of(sample()).fingerprint);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace pull_secret_test
