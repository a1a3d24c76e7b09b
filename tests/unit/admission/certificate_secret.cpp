// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/certificate_secret.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace certificate_secret_test
{

namespace json = boost::json;
using namespace tcr;
using namespace tcr::admission;

std::string page(std::string const& items, unsigned version)
{
    return R"({"kind":"SecretList","metadata":{"resourceVersion":")" + std::to_string(version) +
           R"("},"items":[)" + items + "]}";
}

struct watched_secret
{
    int changes = 0;
    certificate_secret_reflector reflector{[this] { ++changes; }};
    kube::list_decoder list{reflector};
    kube::watch_decoder watch{reflector};

    void show_list(std::string const& items, unsigned version = 10)
    {
        reflector.begin_list();
        list.begin_page();
        BOOST_TEST(!list.on_body(page(items, version)));
        BOOST_TEST(list.page_complete());
        reflector.end_list(list.resource_version());
    }

    void show_event(std::string const& type, std::string const& object)
    {
        watch.begin_watch(1);
        BOOST_TEST(!watch.on_body(R"({"type":")" + type + R"(","object":)" + object + "}\n"));
    }
};

/// The Secret with this body as the API server returns it.
std::string stored(std::string const& body, unsigned version)
{
    auto object = json::parse(body).as_object();
    object["metadata"].as_object()["name"] = "cert";
    object["metadata"].as_object()["namespace"] = "ns";
    object["metadata"].as_object()["uid"] = "uid";
    object["metadata"].as_object()["resourceVersion"] = std::to_string(version);
    return json::serialize(object);
}

certificate_secret content()
{
    certificate_secret made;
    made.current = {"certificate", "key"};
    made.ca_pem = "authority";
    return made;
}

BOOST_FIXTURE_TEST_SUITE(secret_of_the_certificate, watched_secret)

BOOST_AUTO_TEST_CASE(what_is_created_is_read_back)
{
    auto made = content();
    made.next = {"next certificate", "next key"};
    auto const body = create_body("cert", made);
    BOOST_TEST(json::parse(body).at("type").as_string() == "kubernetes.io/tls");
    show_list(stored(body, 4));
    BOOST_TEST_REQUIRE(reflector.secret().has_value());
    auto const& seen = *reflector.secret();
    BOOST_TEST(seen.is_ours);
    BOOST_TEST(!seen.is_blank());
    BOOST_TEST((seen.current == made.current));
    BOOST_TEST((seen.next == made.next));
    BOOST_TEST(seen.ca_pem == made.ca_pem);
    BOOST_TEST(seen.resource_version == 4u);
}

BOOST_AUTO_TEST_CASE(an_update_removes_the_next_pair_and_names_the_version)
{
    auto made = content();
    made.resource_version = 12;
    auto const body = json::parse(update_body(made));
    BOOST_TEST(body.at("metadata").at("resourceVersion").as_string() == "12");
    BOOST_TEST(body.at("data").at("next-tls.crt").is_null());
    BOOST_TEST(body.at("data").at("next-tls.key").is_null());
    BOOST_TEST(body.at("data").at("tls.crt").as_string() == base64_encode("certificate"));
    BOOST_TEST(!json::parse(create_body("cert", made)).at("data").as_object().contains("next-tls.crt"));
}

BOOST_AUTO_TEST_CASE(a_secret_without_our_label_is_not_ours)
{
    show_list(R"({"metadata":{"name":"cert","uid":"u","resourceVersion":"3"},"data":{"tls.crt":"QQ=="}})");
    BOOST_TEST(!reflector.secret()->is_ours);
    BOOST_TEST(reflector.secret()->current.certificate_pem == "A");
    show_event(
        "MODIFIED", R"({"metadata":{"name":"cert","uid":"u","resourceVersion":"4"},"data":{"tls.crt":""}})"
    );
    BOOST_TEST(reflector.secret()->is_blank());
}

BOOST_AUTO_TEST_CASE(a_secret_that_cert_manager_writes_is_not_ours)
{
    auto object = json::parse(stored(create_body("cert", content()), 4)).as_object();
    object["metadata"].as_object()["annotations"] =
        json::object({{"cert-manager.io/certificate-name", "webhook"}});
    show_list(json::serialize(object));
    BOOST_TEST(!reflector.secret()->is_ours);
}

BOOST_AUTO_TEST_CASE(an_answer_in_the_middle_of_an_event_is_kept)
{
    show_list(stored(create_body("cert", content()), 4));
    auto newer = content();
    newer.ca_pem = "newer";
    newer.resource_version = 6;
    newer.is_ours = true;
    auto const event = R"({"type":"MODIFIED","object":)" + stored(create_body("cert", newer), 6) + "}\n";
    watch.begin_watch(1);
    BOOST_TEST(!watch.on_body(std::string_view(event).substr(0, event.size() / 2)));
    reflector.put(newer);
    BOOST_TEST(!watch.on_body(std::string_view(event).substr(event.size() / 2)));
    BOOST_TEST(reflector.secret()->ca_pem == "newer");
    BOOST_TEST((reflector.secret()->current == newer.current));
}

BOOST_AUTO_TEST_CASE(an_event_or_a_list_without_it_removes_it)
{
    auto const object = stored(create_body("cert", content()), 4);
    show_list(object);
    show_event("DELETED", stored(create_body("cert", content()), 6));
    BOOST_TEST(!reflector.secret().has_value());
    show_event("ADDED", stored(create_body("cert", content()), 8));
    BOOST_TEST(reflector.secret().has_value());
    show_list("", 20);
    BOOST_TEST(!reflector.secret().has_value());
    BOOST_TEST(changes == 4);
}

BOOST_AUTO_TEST_CASE(a_list_replaces_any_known_version)
{
    auto newer = content();
    newer.ca_pem = "newer";
    show_list(stored(create_body("cert", newer), 900));
    // The version is lower because etcd was restored to an older state.
    show_list(stored(create_body("cert", content()), 7));
    BOOST_TEST(reflector.secret()->ca_pem == "authority");
    show_event("MODIFIED", stored(create_body("cert", newer), 21));
    BOOST_TEST(reflector.secret()->ca_pem == "newer");
}

BOOST_AUTO_TEST_CASE(an_answer_newer_than_the_list_is_kept)
{
    auto newer = content();
    newer.ca_pem = "newer";
    newer.resource_version = 25;
    show_list(stored(create_body("cert", content()), 900));
    reflector.begin_list();
    reflector.put(newer);
    BOOST_TEST(reflector.secret()->ca_pem == "newer");
    reflector.end_list(24);
    BOOST_TEST_REQUIRE(reflector.secret().has_value());
    BOOST_TEST(reflector.secret()->ca_pem == "newer");
}

BOOST_AUTO_TEST_CASE(an_older_event_is_ignored)
{
    auto newer = content();
    newer.ca_pem = "newer";
    show_list(stored(create_body("cert", newer), 9));
    show_event("MODIFIED", stored(create_body("cert", content()), 7));
    BOOST_TEST(reflector.secret()->ca_pem == "newer");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace certificate_secret_test
