// SPDX-License-Identifier: Apache-2.0
#include <tcr/hosts/config_map.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace config_map_test
{

namespace json = boost::json;
using namespace tcr;
using namespace tcr::hosts;

/// The text of a ConfigMap with this data, as the API server returns it.
std::string config_map(json::object const& data, unsigned version, std::string const& name = "updater-config")
{
    json::object metadata;
    metadata["name"] = name;
    metadata["namespace"] = "ns";
    metadata["uid"] = "u";
    metadata["resourceVersion"] = std::to_string(version);
    json::object object;
    object["metadata"] = metadata;
    if (!data.empty())
        object["data"] = data;
    return json::serialize(object);
}

json::object data_of(std::string const& address)
{
    json::object data;
    data["hosts.yaml"] = "hosts:\n- {domain: a.example.com, ip: " + address + "}\n";
    return data;
}

struct followed
{
    std::vector<std::string> reports;
    config_map_reflector reflector{
        "ns",
        "updater-config",
        [this](result<hosts_config> const& config)
        {
            if (!config)
                reports.push_back("error: " + config.error().message());
            else
                reports.push_back(config->entries.empty() ? "nothing" : config->entries.front().address);
        }};
    kube::list_decoder list{reflector};
    kube::watch_decoder watch{reflector};

    void show_list(std::string const& items, unsigned version)
    {
        reflector.begin_list();
        list.begin_page();
        auto const page = R"({"kind":"ConfigMapList","metadata":{"resourceVersion":")" +
                          std::to_string(version) + R"("},"items":[)" + items + "]}";
        BOOST_TEST(!list.on_body(page));
        reflector.end_list(list.resource_version());
    }

    void show_event(std::string const& type, std::string const& object)
    {
        watch.begin_watch(1);
        BOOST_TEST(!watch.on_body(R"({"type":")" + type + R"(","object":)" + object + "}\n"));
    }
};

BOOST_FIXTURE_TEST_SUITE(config_maps, followed)

BOOST_AUTO_TEST_CASE(lists_and_events_report_the_configuration)
{
    show_list(config_map(data_of("10.0.0.1"), 5), 10);
    BOOST_TEST(reflector.exists());
    show_event("MODIFIED", config_map(data_of("10.0.0.2"), 11));
    show_event("DELETED", config_map(data_of("10.0.0.2"), 12));
    BOOST_TEST(!reflector.exists());
    show_event("ADDED", config_map(data_of("10.0.0.3"), 13));
    std::vector<std::string> const wanted{"10.0.0.1", "10.0.0.2", "nothing", "10.0.0.3"};
    BOOST_TEST(reports == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(only_a_complete_list_shows_a_deletion)
{
    show_list(config_map(data_of("10.0.0.1"), 5), 10);
    // The list is incomplete, so `end_list` is not called and the entries stay in use.
    reflector.begin_list();
    list.begin_page();
    BOOST_TEST(!list.on_body(R"({"kind":"ConfigMapList","metadata":{"resourceVersion":"20"},"ite)"));
    BOOST_TEST(reports.size() == 1u);
    show_list("", 21);
    BOOST_TEST(reports.back() == "nothing");
}

BOOST_AUTO_TEST_CASE(other_config_maps_are_ignored)
{
    show_list(config_map(data_of("10.0.0.9"), 5, "kube-root-ca.crt"), 10);
    BOOST_TEST(reports.size() == 1u);
    BOOST_TEST(reports.back() == "nothing");
}

BOOST_AUTO_TEST_CASE(data_at_another_key_is_not_an_empty_configuration)
{
    show_list(config_map({}, 5), 10);
    BOOST_TEST(reports.back() == "nothing");
    json::object misplaced;
    misplaced["hosts"] = "hosts: []";
    show_event("MODIFIED", config_map(misplaced, 11));
    BOOST_TEST(
        reports.back() ==
        "error: ConfigMap ns/updater-config has other keys, but no key 'hosts.yaml'; write the hosts at that "
        "key, or remove its data"
    );
    misplaced["hosts.yaml"] = "hosts: [{domain: a.example.com, ip: 10.0.0.4}]";
    show_event("MODIFIED", config_map(misplaced, 12));
    BOOST_TEST(reports.back() == "10.0.0.4");
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_refused_as_an_empty_file_is)
{
    show_list("", 10);
    unsigned version = 11;
    for (auto const* text : {"", " \n", "# none\n", ",\n", "%\n", "\xef\xbb\xbf", "---\n", "hosts:\n"})
    {
        json::object data;
        data["hosts.yaml"] = text;
        show_event("MODIFIED", config_map(data, version++));
        BOOST_TEST(
            reports.back().starts_with("error: ConfigMap ns/updater-config, hosts.yaml, line 1"),
            reports.back()
        );
    }
}

BOOST_AUTO_TEST_CASE(invalid_yaml_is_reported_with_its_line)
{
    json::object data;
    data["hosts.yaml"] = "hosts:\n- [\n";
    show_list(config_map(data, 5), 10);
    BOOST_TEST(
        reports.back().starts_with("error: ConfigMap ns/updater-config, hosts.yaml, line "), reports.back()
    );
}

BOOST_AUTO_TEST_CASE(an_older_event_is_ignored)
{
    show_list(config_map(data_of("10.0.0.1"), 15), 15);
    show_event("MODIFIED", config_map(data_of("10.0.0.2"), 14));
    BOOST_TEST(reports.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_list_replaces_any_version)
{
    // etcd is restored twice: first to an older state, then with a bumped (much higher) revision.
    show_list(config_map(data_of("10.0.0.1"), 15), 20);
    show_event("MODIFIED", config_map(data_of("10.0.0.2"), 21));
    show_list(config_map(data_of("10.0.0.1"), 15), 16);
    BOOST_TEST(reports.back() == "10.0.0.1");
    show_event("MODIFIED", config_map(data_of("10.0.0.3"), 17));
    BOOST_TEST(reports.back() == "10.0.0.3");
    show_list(config_map(data_of("10.0.0.1"), 15), 1'000'000'016);
    BOOST_TEST(reports.back() == "10.0.0.1");
    show_event("MODIFIED", config_map(data_of("10.0.0.4"), 1'000'000'017));
    BOOST_TEST(reports.back() == "10.0.0.4");
    show_list("", 18);
    BOOST_TEST(reports.back() == "nothing");
    show_event("ADDED", config_map(data_of("10.0.0.5"), 19));
    BOOST_TEST(reports.back() == "10.0.0.5");
}

BOOST_AUTO_TEST_CASE(an_unreadable_config_map_is_an_error_and_not_a_deletion)
{
    auto const damaged = [](unsigned version)
    {
        auto text = config_map(data_of("10.0.0.1"), version);
        return text.replace(text.find("a.example.com"), 1, "\xff");
    };
    show_list(config_map(data_of("10.0.0.1"), 5), 10);
    show_event("MODIFIED", damaged(11));
    BOOST_TEST(
        reports.back() == "error: ConfigMap ns/updater-config cannot be read: data.hosts.yaml is not UTF-8"
    );
    show_list(damaged(11), 20);
    BOOST_TEST(reflector.exists());
    BOOST_TEST(reports.size() == 3u);
    BOOST_TEST(reports.back().starts_with("error: "));
    show_event("MODIFIED", config_map(data_of("10.0.0.2"), 21));
    BOOST_TEST(reports.back() == "10.0.0.2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace config_map_test
