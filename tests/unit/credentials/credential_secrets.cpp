// SPDX-License-Identifier: Apache-2.0
#include "tokens.hpp"
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace credential_secrets_test
{

using namespace tcr;
using namespace tcr::credentials;
namespace json = boost::json;

/// Delivers Secrets to `credential_secrets` as a watcher does.
struct fixture
{
    int changes = 0;
    credential_secrets secrets{"own", {}, [this] { ++changes; }};

    void deliver(kube::object_event event, json::object object)
    {
        object["apiVersion"] = "v1";
        kube::single_object_decoder decoder(secrets, event);
        decoder.begin();
        BOOST_REQUIRE(!decoder.on_body(json::serialize(object)));
    }

    static json::object meta(std::string const& name, std::uint64_t version, char const* label)
    {
        json::object made;
        made["namespace"] = "own";
        made["name"] = name;
        made["uid"] = "u-" + name;
        made["resourceVersion"] = std::to_string(version);
        made["labels"] = json::object{{"tcr.tencentcloudcr.com/credential", label}};
        return made;
    }

    void password(
        std::string const& name,
        std::uint64_t version,
        std::map<std::string, std::string> const& values,
        kube::object_event event = kube::object_event::modified,
        std::string const& type = "Opaque"
    )
    {
        json::object data;
        for (auto const& [key, value] : values)
            data[key] = base64_encode(value);
        json::object object;
        object["metadata"] = meta(name, version, "true");
        object["type"] = type;
        object["data"] = std::move(data);
        deliver(event, std::move(object));
    }

    void config(
        std::string const& name, std::uint64_t version, std::map<std::string, std::string> const& values
    )
    {
        password(name, version, values, kube::object_event::modified, "kubernetes.io/dockerconfigjson");
    }

    void token(
        stored_token const& stored,
        std::uint64_t version,
        kube::object_event event = kube::object_event::modified
    )
    {
        auto object = json::parse(create_body(stored)).as_object();
        object["metadata"] = meta(token_secret_name(stored.of), version, "token");
        deliver(event, std::move(object));
    }

    std::string found(std::string const& name, std::string const& key = "password")
    {
        auto const what = secrets.password_login({name, key}, "x.y", "u");
        return what.found ? what.found->logins.at(0).password : what.reason + ": " + what.message;
    }
};

BOOST_FIXTURE_TEST_CASE(a_password_is_the_value_of_a_key, fixture)
{
    password("a", 1, {{"password", "first"}, {"other", "second"}});
    BOOST_TEST(found("a") == "first");
    BOOST_TEST(found("a", "other") == "second");
    BOOST_TEST(changes == 1);
    password("a", 2, {{"password", "third"}, {"other", "second"}});
    BOOST_TEST(found("a") == "third");
    BOOST_TEST(changes == 2);
    password("a", 3, {{"password", "third"}, {"other", "second"}});
    BOOST_TEST(changes == 2);
}

BOOST_FIXTURE_TEST_CASE(a_docker_config_is_distributed_as_it_is, fixture)
{
    config("a", 1, {{".dockerconfigjson", R"({"auths":{"x.y":{"auth":"dTpw"},"z":{"identitytoken":"t"}}})"}});
    auto const first = secrets.docker_config({"a"});
    BOOST_TEST_REQUIRE(first.found.has_value());
    BOOST_TEST(
        first.found->docker_config == R"({"auths":{"x.y":{"auth":"dTpw"},"z":{"identitytoken":"t"}}})"
    );
    std::vector<login> const expected{{"x.y", "u", "p"}, {"z", "", ""}};
    BOOST_TEST((first.found->logins == expected));
    BOOST_TEST(!first.found->expires_at.has_value());
    config("a", 2, {{".dockerconfigjson", "{}"}, {"other", "\n{\"auths\":{\"z\":{\"auth\":\"dTpw\"}}}\n"}});
    BOOST_TEST(secrets.docker_config({"a", "other"}).found.has_value());
    BOOST_TEST(changes == 2);
}

BOOST_FIXTURE_TEST_CASE(an_unusable_docker_config_is_reported_by_key_and_without_its_content, fixture)
{
    auto const why = [&](std::string const& key = ".dockerconfigjson")
    {
        auto const what = secrets.docker_config({"a", key});
        return what.found ? what.found->docker_config : what.reason + ": " + what.message;
    };
    BOOST_TEST(
        why() ==
        "SecretNotFound: Secret own/a with the label tcr.tencentcloudcr.com/credential=true does not exist"
    );
    std::string longest = R"({"auths":{"x":{"auth":"dTpw"}},"y":")";
    longest.append(65'536 - longest.size() - 2, 'h').append("\"}");
    config(
        "a",
        1,
        {{"text", "hunter2"},
         {"empty", ""},
         {"login", R"({"auths":{"x.y":{"auth":"hunter2"}}})"},
         {"longest", longest},
         {"long", longest + " "},
         {"endless", std::string(500'000, 'h')}}
    );
    BOOST_TEST(why() == "KeyNotFound: Secret own/a has no key \".dockerconfigjson\"");
    BOOST_TEST(why("empty") == "InvalidSecret: Secret own/a: the value of key \"empty\" is empty");
    BOOST_TEST(
        why("text") ==
        "InvalidDockerConfig: Secret own/a: the value of key \"text\" is not a dockerconfigjson: it is not "
        "JSON"
    );
    BOOST_TEST(
        why("login") ==
        "InvalidDockerConfig: Secret own/a: the value of key \"login\" is not a dockerconfigjson: the login "
        "for \"x.y\" has a value of auth that is not the base64 form of USER:PASSWORD"
    );
    BOOST_TEST(why("longest") == R"({"auths":{"x":{"auth":"dTpw"}}})");
    for (auto const* key : {"long", "endless"})
        BOOST_TEST(
            why(key) == "InvalidSecret: Secret own/a: the value of key \"" + std::string(key) +
                            "\" is longer than 65536 bytes"
        );
}

BOOST_FIXTURE_TEST_CASE(a_docker_config_in_a_secret_of_another_type_is_refused, fixture)
{
    std::map<std::string, std::string> const values{
        {".dockerconfigjson", R"({"auths":{"x":{"auth":"dTpw"}}})"}};
    password("a", 1, values);
    auto const refused = secrets.docker_config({"a"});
    BOOST_TEST(refused.reason == "InvalidSecret");
    BOOST_TEST(
        refused.message ==
        "Secret own/a has the type \"Opaque\"; docker.configSecretRef requires kubernetes.io/dockerconfigjson"
    );
    // The Secret was deleted and created again with the right type.
    config("a", 2, values);
    BOOST_TEST(secrets.docker_config({"a"}).found.has_value());
    BOOST_TEST(changes == 2);
}

BOOST_FIXTURE_TEST_CASE(a_trailing_line_break_is_removed, fixture)
{
    password("a", 1, {{"lf", "p\n"}, {"crlf", "p\r\n"}, {"two", "p\n\n"}, {"inside", "p\nq"}});
    BOOST_TEST(found("a", "lf") == "p");
    BOOST_TEST(found("a", "crlf") == "p");
    BOOST_TEST(found("a", "two") == "p\n");
    BOOST_TEST(found("a", "inside") == "p\nq");
}

BOOST_FIXTURE_TEST_CASE(an_invalid_password_is_reported_by_key_and_without_its_value, fixture)
{
    BOOST_TEST(
        found("a") ==
        "SecretNotFound: Secret own/a with the label tcr.tencentcloudcr.com/credential=true does not exist"
    );
    password(
        "a",
        1,
        {{"empty", ""},
         {"blank", "\n"},
         {"binary", "hunter\xff"},
         {"nul", std::string("hunter\0", 7)},
         {"half", "hunter\xe4\xb8"},
         {"surrogate", "\xed\xa0\x80"},
         {"long", std::string(16'385, 'h')},
         {"endless", std::string(100'000, 'h')},
         {"longest", std::string(16'384, 'h')}}
    );
    BOOST_TEST(found("a") == "KeyNotFound: Secret own/a has no key \"password\"");
    BOOST_TEST(found("a", "empty") == "InvalidSecret: Secret own/a: the value of key \"empty\" is empty");
    BOOST_TEST(found("a", "blank") == "InvalidSecret: Secret own/a: the value of key \"blank\" is empty");
    for (auto const* key : {"binary", "nul", "half", "surrogate"})
        BOOST_TEST(
            found("a", key) ==
            "InvalidSecret: Secret own/a: the value of key \"" + std::string(key) + "\" is not UTF-8 text"
        );
    for (auto const* key : {"long", "endless"})
        BOOST_TEST(
            (found("a", key) == "InvalidSecret: Secret own/a: the value of key \"" + std::string(key) +
                                    "\" is longer than 16384 bytes")
        );
    BOOST_TEST(found("a", "longest").size() == 16'384u);
}

BOOST_FIXTURE_TEST_CASE(a_whole_docker_config_is_refused, fixture)
{
    std::string const config = R"({"auths":{"x.y":{"auth":"aHVudGVyMjI="}}})";
    auto const refusal = [](std::string const& name, std::string const& key)
    {
        return "NotAPassword: Secret own/" + name + ": the value of key \"" + key +
               "\" is a whole dockerconfigjson, not a password; name the Secret in docker.configSecretRef "
               "instead of docker.passwordSecretRef";
    };
    password("a", 1, {{"password", config}, {"twice", base64_encode(config)}, {".dockerconfigjson", config}});
    for (auto const* key : {"password", "twice", ".dockerconfigjson"})
        BOOST_TEST(found("a", key) == refusal("a", key));
    password("b", 2, {{".dockerconfigjson", std::string(50'000, 'h')}});
    BOOST_TEST(found("b", ".dockerconfigjson") == refusal("b", ".dockerconfigjson"));
    BOOST_TEST(
        found("b") ==
        "KeyNotFound: Secret own/b has no key \"password\", but a whole dockerconfigjson; name "
        "the Secret in docker.configSecretRef instead"
    );
}

BOOST_FIXTURE_TEST_CASE(a_deleted_secret_is_removed, fixture)
{
    password("a", 1, {{"password", "p"}});
    password("a", 2, {}, kube::object_event::deleted);
    BOOST_TEST(found("a").starts_with("SecretNotFound"));
    BOOST_TEST(changes == 2);
}

BOOST_FIXTURE_TEST_CASE(a_password_missing_from_a_list_is_removed, fixture)
{
    password("a", 1, {{"password", "p"}});
    password("b", 2, {{"password", "q"}});
    secrets.begin_list();
    password("b", 2, {{"password", "q"}}, kube::object_event::listed);
    secrets.end_list(10);
    BOOST_TEST(found("a").starts_with("SecretNotFound"));
    BOOST_TEST(found("b") == "q");
}

BOOST_FIXTURE_TEST_CASE(a_password_reference_cannot_name_a_token, fixture)
{
    auto const stored = test::token(test::noon);
    token(stored, 1);
    BOOST_TEST(found(token_secret_name(stored.of)).starts_with("SecretNotFound"));
}

BOOST_FIXTURE_TEST_CASE(a_token_is_found_by_instance_region_and_type, fixture)
{
    token(test::token(test::noon), 1);
    auto other = test::reference();
    BOOST_REQUIRE((secrets.token(other) != nullptr));
    other.type = registry::token_type::longterm;
    BOOST_TEST((secrets.token(other) == nullptr));
    other = test::reference();
    other.instance.region = "ap-nanjing";
    BOOST_TEST((secrets.token(other) == nullptr));
    BOOST_TEST((secrets.token(test::reference("tcr-other")) == nullptr));
}

BOOST_FIXTURE_TEST_CASE(the_login_of_a_token_is_only_for_domains_of_its_instance, fixture)
{
    BOOST_TEST(secrets.token_login(test::reference(), "name.tencentcloudcr.com").reason == "NoToken");
    token(test::token(test::noon), 1);
    auto const good = secrets.token_login(test::reference(), "name.tencentcloudcr.com");
    BOOST_REQUIRE(good.found.has_value());
    login const expected{"name.tencentcloudcr.com", "100012345678", "a.b.c"};
    BOOST_TEST((good.found->logins == std::vector{expected}));
    BOOST_TEST((good.found->expires_at == test::noon + std::chrono::hours(1)));
    BOOST_TEST((good.found->refreshed_at == test::noon));
    auto const bad = secrets.token_login(test::reference(), "evil.org");
    BOOST_TEST(!bad.found.has_value());
    BOOST_TEST(bad.reason == "ForeignServer");
    BOOST_TEST(
        bad.message ==
        "evil.org is not a domain of instance tcr-dg284imq; the token of an instance is sent only to its "
        "domains"
    );
}

BOOST_FIXTURE_TEST_CASE(late_events_do_not_replace_a_new_token, fixture)
{
    auto const old = test::token(test::noon);
    token(old, 5);
    auto fresh = test::token(test::noon + std::chrono::minutes(30), std::chrono::hours(1), "d.e.f");
    fresh.resource_version = 5;
    secrets.put(fresh);
    // Another client changed the Secret with the old token before the controller wrote the new token.
    token(old, 6);
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
    // Version 0: the next write of the new token replaces the Secret at any version.
    BOOST_TEST(secrets.token(test::reference())->resource_version == 0u);
    // The new token is written as version 9. An event of version 8 arrives later.
    secrets.set_version(test::reference(), 9);
    token(fresh, 8);
    BOOST_TEST(secrets.token(test::reference())->resource_version == 9u);
    // A list of version 8, older than the write, does not remove the token.
    secrets.begin_list();
    secrets.end_list(8);
    BOOST_TEST((secrets.token(test::reference()) != nullptr));
}

BOOST_FIXTURE_TEST_CASE(a_deleted_token_is_removed_and_an_unwritten_one_is_kept, fixture)
{
    auto const stored = test::token(test::noon);
    secrets.put(stored);
    secrets.begin_list();
    secrets.end_list(100);
    BOOST_TEST((secrets.token(test::reference()) != nullptr));
    secrets.set_version(test::reference(), 101);
    token(stored, 102, kube::object_event::deleted);
    BOOST_TEST((secrets.token(test::reference()) == nullptr));
}

BOOST_FIXTURE_TEST_CASE(the_rules_limit_instances_and_servers, fixture)
{
    credential_secrets strict("own", {{"tcr-other"}, {".corp.example"}}, [] {});
    strict.put(test::token(test::noon));
    BOOST_TEST(
        strict.token_login(test::reference(), "name.tencentcloudcr.com").reason == "ForbiddenInstance"
    );
    BOOST_TEST(!strict.is_allowed(test::reference()));
    BOOST_TEST(strict.is_allowed(test::reference("tcr-other")));
    BOOST_TEST(secrets.is_allowed(test::reference()));
    auto const stored = test::token(test::noon);
    BOOST_TEST(strict.may_go_to_all(stored, {"name.tencentcloudcr.com", "a.corp.example"}));
    BOOST_TEST(!secrets.may_go_to_all(stored, {"name.tencentcloudcr.com", "a.corp.example"}));
}

BOOST_FIXTURE_TEST_CASE(a_lagging_watch_does_not_undo_a_list, fixture)
{
    password("a", 1, {{"password", "first"}});
    token(test::token(test::noon), 2);
    fixture present;
    present.password("a", 5, {{"password", "second"}});
    present.password("b", 6, {{"password", "new"}});
    present.token(test::token(test::noon + std::chrono::minutes(30), std::chrono::hours(1), "d.e.f"), 7);
    BOOST_TEST(secrets.merge_newer(present.secrets));
    BOOST_TEST(found("a") == "second");
    BOOST_TEST(found("b") == "new");
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
    // Older events that the watch delivers later are ignored.
    password("a", 3, {{"password", "older"}});
    token(test::token(test::noon + std::chrono::minutes(1)), 4);
    BOOST_TEST(found("a") == "second");
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
    BOOST_TEST(!secrets.merge_newer(present.secrets));
}

BOOST_FIXTURE_TEST_CASE(a_listed_password_replaces_any_version, fixture)
{
    password("a", 900, {{"password", "of the lost history"}});
    secrets.begin_list();
    password("a", 20, {{"password", "restored"}}, kube::object_event::listed);
    secrets.end_list(30);
    BOOST_TEST(found("a") == "restored");
    password("a", 31, {{"password", "changed since"}});
    BOOST_TEST(found("a") == "changed since");
    secrets.begin_list();
    password("a", 20, {{"password", "restored"}}, kube::object_event::listed);
    secrets.end_list(1'000'000'030);
    BOOST_TEST(found("a") == "restored");
}

BOOST_FIXTURE_TEST_CASE(a_token_newer_than_the_listed_one_is_written_again, fixture)
{
    auto const old = test::token(test::noon);
    auto const fresh = test::token(test::noon + std::chrono::minutes(30), std::chrono::hours(1), "d.e.f");
    token(fresh, 900);
    secrets.begin_list();
    token(old, 20, kube::object_event::listed);
    secrets.end_list(30);
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
    BOOST_TEST(secrets.token(test::reference())->resource_version == 0u);
    secrets.set_version(test::reference(), 31);
    BOOST_TEST(secrets.token(test::reference())->resource_version == 31u);
}

BOOST_FIXTURE_TEST_CASE(a_listed_token_has_the_lists_version, fixture)
{
    auto const stored = test::token(test::noon);
    token(stored, 900);
    secrets.begin_list();
    token(stored, 20, kube::object_event::listed);
    secrets.end_list(30);
    BOOST_TEST(secrets.token(test::reference())->resource_version == 20u);
    // A newer token, written by another replica, replaces the token.
    token(test::token(test::noon + std::chrono::minutes(30), std::chrono::hours(1), "d.e.f"), 31);
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
}

BOOST_FIXTURE_TEST_CASE(a_token_written_during_a_list_is_kept, fixture)
{
    auto const old = test::token(test::noon);
    token(old, 900);
    secrets.begin_list();
    auto fresh = test::token(test::noon + std::chrono::minutes(30), std::chrono::hours(1), "d.e.f");
    secrets.put(fresh);
    secrets.set_version(test::reference(), 35);
    token(old, 20, kube::object_event::listed);
    secrets.end_list(30);
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
    BOOST_TEST(secrets.token(test::reference())->resource_version == 35u);
    // A list that began before the write and lacks the token does not remove it.
    secrets.begin_list();
    secrets.set_version(test::reference(), 45);
    secrets.end_list(40);
    BOOST_TEST(secrets.token(test::reference())->resource_version == 45u);
}

BOOST_FIXTURE_TEST_CASE(a_token_missing_from_a_list_is_kept_and_written_again, fixture)
{
    for (std::uint64_t version : {5, 900})
    {
        token(test::token(test::noon), version);
        changes = 0;
        secrets.begin_list();
        secrets.end_list(20);
        BOOST_TEST(changes == 1);
        BOOST_REQUIRE((secrets.token(test::reference()) != nullptr));
        BOOST_TEST(secrets.token(test::reference())->resource_version == 0u);
    }
}

BOOST_FIXTURE_TEST_CASE(a_damaged_token_is_ignored, fixture)
{
    token(test::token(test::noon), 1);
    json::object object;
    object["metadata"] = fixture::meta(token_secret_name(test::reference()), 2, "token");
    object["data"] = json::object{{"password", base64_encode("x")}};
    deliver(kube::object_event::modified, std::move(object));
    BOOST_TEST((secrets.token(test::reference()) == nullptr));
    // A token whose Secret has the name of another token's Secret is ignored.
    auto stored = test::token(test::noon);
    auto body = json::parse(create_body(stored)).as_object();
    body["metadata"] = fixture::meta("tcr-assistant-token-tcr-other-ap-guangzhou-temp", 3, "token");
    deliver(kube::object_event::modified, std::move(body));
    BOOST_TEST((secrets.token(test::reference()) == nullptr));
    BOOST_TEST((secrets.token(test::reference("tcr-other")) == nullptr));
}

BOOST_FIXTURE_TEST_CASE(an_unreadable_secret_keeps_its_last_value, fixture)
{
    password("registry", 5, {{"password", "secret"}});
    changes = 0;
    json::object object;
    object["metadata"] = fixture::meta("registry", 6, "true");
    object["data"] = json::object{{"password", "X"}};
    auto text = json::serialize(object);
    text.replace(text.find("\"X\"") + 1, 1, "\xff");
    kube::list_decoder page(secrets);
    secrets.begin_list();
    page.begin_page();
    BOOST_TEST(
        !page.on_body(R"({"kind":"SecretList","metadata":{"resourceVersion":"9"},"items":[)" + text + "]}")
    );
    secrets.end_list(9);
    BOOST_TEST(changes == 0);
    BOOST_TEST(found("registry") == "secret");
}

BOOST_FIXTURE_TEST_CASE(an_oversized_value_does_not_affect_other_keys, fixture)
{
    password("registry", 5, {{"bundle", std::string(1'000'000, 'x')}, {"password", "secret"}});
    BOOST_TEST(found("registry") == "secret");
    BOOST_TEST(found("registry", "bundle").starts_with("InvalidSecret: "));
}

}  // namespace credential_secrets_test
