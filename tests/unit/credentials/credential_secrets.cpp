#include "tokens.hpp"
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace
{

using namespace tcr;
using namespace tcr::credentials;
namespace json = boost::json;

/// The Secrets, fed as a watcher does.
struct fixture
{
    int changes = 0;
    credential_secrets secrets{"own", {}, [this] { ++changes; }};

    void tell(kube::object_event event, json::object object)
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
        kube::object_event event = kube::object_event::modified
    )
    {
        json::object data;
        for (auto const& [key, value] : values)
            data[key] = base64_encode(value);
        json::object object;
        object["metadata"] = meta(name, version, "true");
        object["data"] = std::move(data);
        tell(event, std::move(object));
    }

    void token(
        stored_token const& kept,
        std::uint64_t version,
        kube::object_event event = kube::object_event::modified
    )
    {
        auto object = json::parse(create_body(kept)).as_object();
        object["metadata"] = meta(token_secret_name(kept.of), version, "token");
        tell(event, std::move(object));
    }

    std::string found(std::string const& name, std::string const& key = "password")
    {
        auto const what = secrets.password({name, key});
        return what.found ? what.found->password : what.reason + ": " + what.message;
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

BOOST_FIXTURE_TEST_CASE(one_line_break_at_its_end_is_left_out, fixture)
{
    password("a", 1, {{"lf", "p\n"}, {"crlf", "p\r\n"}, {"two", "p\n\n"}, {"inside", "p\nq"}});
    BOOST_TEST(found("a", "lf") == "p");
    BOOST_TEST(found("a", "crlf") == "p");
    BOOST_TEST(found("a", "two") == "p\n");
    BOOST_TEST(found("a", "inside") == "p\nq");
}

BOOST_FIXTURE_TEST_CASE(what_is_no_password_is_told_by_place_and_not_by_value, fixture)
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
            "InvalidSecret: Secret own/a: the value of key \"" + std::string(key) + "\" is no UTF-8 text"
        );
    for (auto const* key : {"long", "endless"})
        BOOST_TEST(
            (found("a", key) == "InvalidSecret: Secret own/a: the value of key \"" + std::string(key) +
                                    "\" is longer than 16384 bytes")
        );
    BOOST_TEST(found("a", "longest").size() == 16'384u);
}

BOOST_FIXTURE_TEST_CASE(a_secret_that_goes_is_gone, fixture)
{
    password("a", 1, {{"password", "p"}});
    password("a", 2, {}, kube::object_event::deleted);
    BOOST_TEST(found("a").starts_with("SecretNotFound"));
    BOOST_TEST(changes == 2);
}

BOOST_FIXTURE_TEST_CASE(what_a_list_does_not_mention_is_gone, fixture)
{
    password("a", 1, {{"password", "p"}});
    password("b", 2, {{"password", "q"}});
    secrets.begin_list();
    password("b", 2, {{"password", "q"}}, kube::object_event::listed);
    secrets.end_list(10);
    BOOST_TEST(found("a").starts_with("SecretNotFound"));
    BOOST_TEST(found("b") == "q");
}

BOOST_FIXTURE_TEST_CASE(a_reference_does_not_reach_a_token, fixture)
{
    auto const kept = test::token(test::noon);
    token(kept, 1);
    BOOST_TEST(found(token_secret_name(kept.of)).starts_with("SecretNotFound"));
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

BOOST_FIXTURE_TEST_CASE(a_tokens_login_is_for_the_instances_names, fixture)
{
    BOOST_TEST(secrets.token_login(test::reference(), "name.tencentcloudcr.com").reason == "NoToken");
    token(test::token(test::noon), 1);
    auto const good = secrets.token_login(test::reference(), "name.tencentcloudcr.com");
    BOOST_REQUIRE(good.found.has_value());
    BOOST_TEST(good.found->username == "100012345678");
    BOOST_TEST(good.found->password == "a.b.c");
    BOOST_TEST((good.found->expires_at == test::noon + std::chrono::hours(1)));
    BOOST_TEST((good.found->refreshed_at == test::noon));
    auto const bad = secrets.token_login(test::reference(), "evil.org");
    BOOST_TEST(!bad.found.has_value());
    BOOST_TEST(bad.reason == "ForeignServer");
    BOOST_TEST(bad.message == "evil.org is no name of tcr-dg284imq, whose token is sent to no other");
}

BOOST_FIXTURE_TEST_CASE(a_token_just_made_outlives_what_the_watch_tells_late, fixture)
{
    auto const old = test::token(test::noon);
    token(old, 5);
    auto fresh = test::token(test::noon + std::chrono::minutes(30), std::chrono::hours(1), "d.e.f");
    fresh.resource_version = 5;
    secrets.learn(fresh);
    // Somebody touched the old Secret before ours was written.
    token(old, 6);
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
    // To be written over whatever is there.
    BOOST_TEST(secrets.token(test::reference())->resource_version == 0u);
    // Written now, and an older event comes after it.
    secrets.note_version(test::reference(), 9);
    token(fresh, 8);
    BOOST_TEST(secrets.token(test::reference())->resource_version == 9u);
    // A list from before the write does not take it away.
    secrets.begin_list();
    secrets.end_list(8);
    BOOST_TEST((secrets.token(test::reference()) != nullptr));
}

BOOST_FIXTURE_TEST_CASE(a_deleted_token_is_gone_and_one_that_is_not_written_is_not, fixture)
{
    auto const kept = test::token(test::noon);
    secrets.learn(kept);
    secrets.begin_list();
    secrets.end_list(100);
    BOOST_TEST((secrets.token(test::reference()) != nullptr));
    secrets.note_version(test::reference(), 101);
    token(kept, 102, kube::object_event::deleted);
    BOOST_TEST((secrets.token(test::reference()) == nullptr));
}

BOOST_FIXTURE_TEST_CASE(only_listed_instances_have_tokens_where_there_is_a_list, fixture)
{
    credential_secrets strict("own", {{"tcr-other"}, {".corp.example"}}, [] {});
    strict.learn(test::token(test::noon));
    BOOST_TEST(
        strict.token_login(test::reference(), "name.tencentcloudcr.com").reason == "ForbiddenInstance"
    );
    BOOST_TEST(!strict.is_allowed(test::reference()));
    BOOST_TEST(strict.is_allowed(test::reference("tcr-other")));
    BOOST_TEST(secrets.is_allowed(test::reference()));
    auto const kept = test::token(test::noon);
    BOOST_TEST(strict.may_go_to_all(kept, {"name.tencentcloudcr.com", "a.corp.example"}));
    BOOST_TEST(!secrets.may_go_to_all(kept, {"name.tencentcloudcr.com", "a.corp.example"}));
}

BOOST_FIXTURE_TEST_CASE(what_a_list_told_is_not_undone_by_a_watch_that_lags, fixture)
{
    password("a", 1, {{"password", "first"}});
    token(test::token(test::noon), 2);
    fixture present;
    present.password("a", 5, {{"password", "second"}});
    present.password("b", 6, {{"password", "new"}});
    present.token(test::token(test::noon + std::chrono::minutes(30), std::chrono::hours(1), "d.e.f"), 7);
    BOOST_TEST(secrets.take_over(present.secrets));
    BOOST_TEST(found("a") == "second");
    BOOST_TEST(found("b") == "new");
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
    // What the watch tells now happened before.
    password("a", 3, {{"password", "older"}});
    token(test::token(test::noon + std::chrono::minutes(1)), 4);
    BOOST_TEST(found("a") == "second");
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
    BOOST_TEST(!secrets.take_over(present.secrets));
}

BOOST_FIXTURE_TEST_CASE(a_listed_password_is_the_truth_whatever_version_was_known, fixture)
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

BOOST_FIXTURE_TEST_CASE(a_token_newer_than_the_one_in_a_list_is_to_be_written_anew, fixture)
{
    auto const old = test::token(test::noon);
    auto const fresh = test::token(test::noon + std::chrono::minutes(30), std::chrono::hours(1), "d.e.f");
    token(fresh, 900);
    secrets.begin_list();
    token(old, 20, kube::object_event::listed);
    secrets.end_list(30);
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
    BOOST_TEST(secrets.token(test::reference())->resource_version == 0u);
    secrets.note_version(test::reference(), 31);
    BOOST_TEST(secrets.token(test::reference())->resource_version == 31u);
}

BOOST_FIXTURE_TEST_CASE(a_listed_token_has_the_lists_version, fixture)
{
    auto const kept = test::token(test::noon);
    token(kept, 900);
    secrets.begin_list();
    token(kept, 20, kube::object_event::listed);
    secrets.end_list(30);
    BOOST_TEST(secrets.token(test::reference())->resource_version == 20u);
    // One that another replica made is newer.
    token(test::token(test::noon + std::chrono::minutes(30), std::chrono::hours(1), "d.e.f"), 31);
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
}

BOOST_FIXTURE_TEST_CASE(a_token_written_while_a_list_is_read_stays_as_written, fixture)
{
    auto const old = test::token(test::noon);
    token(old, 900);
    secrets.begin_list();
    auto fresh = test::token(test::noon + std::chrono::minutes(30), std::chrono::hours(1), "d.e.f");
    secrets.learn(fresh);
    secrets.note_version(test::reference(), 35);
    token(old, 20, kube::object_event::listed);
    secrets.end_list(30);
    BOOST_TEST(secrets.token(test::reference())->token.password == "d.e.f");
    BOOST_TEST(secrets.token(test::reference())->resource_version == 35u);
    // The same where the list lacks it.
    secrets.begin_list();
    secrets.note_version(test::reference(), 45);
    secrets.end_list(40);
    BOOST_TEST(secrets.token(test::reference())->resource_version == 45u);
}

BOOST_FIXTURE_TEST_CASE(a_token_missing_from_a_list_is_kept_and_to_be_written_anew, fixture)
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

BOOST_FIXTURE_TEST_CASE(a_token_somebody_spoiled_is_none, fixture)
{
    token(test::token(test::noon), 1);
    json::object object;
    object["metadata"] = fixture::meta(token_secret_name(test::reference()), 2, "token");
    object["data"] = json::object{{"password", base64_encode("x")}};
    tell(kube::object_event::modified, std::move(object));
    BOOST_TEST((secrets.token(test::reference()) == nullptr));
    // Under another's name it is not that other's.
    auto kept = test::token(test::noon);
    auto body = json::parse(create_body(kept)).as_object();
    body["metadata"] = fixture::meta("tcr-assistant-token-tcr-other-ap-guangzhou-temp", 3, "token");
    tell(kube::object_event::modified, std::move(body));
    BOOST_TEST(secrets.tokens().empty());
}

BOOST_FIXTURE_TEST_CASE(a_secret_that_cannot_be_read_stays_as_it_was_and_is_not_gone, fixture)
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
    BOOST_REQUIRE(secrets.password({"registry", "password"}).found.has_value());
    BOOST_TEST(secrets.password({"registry", "password"}).found->password == "secret");
}

BOOST_FIXTURE_TEST_CASE(a_value_that_is_no_password_does_not_spoil_the_others, fixture)
{
    password("registry", 5, {{"bundle", std::string(1'000'000, 'x')}, {"password", "secret"}});
    BOOST_REQUIRE(secrets.password({"registry", "password"}).found.has_value());
    BOOST_TEST(!secrets.password({"registry", "bundle"}).found.has_value());
}

}  // namespace
