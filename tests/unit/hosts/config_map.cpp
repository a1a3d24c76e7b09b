#include <tcr/hosts/config_map.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace
{

namespace json = boost::json;
using namespace tcr;
using namespace tcr::hosts;

/// A ConfigMap as the server shows it, with this data.
std::string shown(json::object const& data, unsigned version, std::string const& name = "updater-config")
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
    std::vector<std::string> wishes;
    config_map_reflector reflector{
        "ns",
        "updater-config",
        [this](result<hosts_config> const& wish)
        {
            if (!wish)
                wishes.push_back("error: " + wish.error().message());
            else
                wishes.push_back(wish->entries.empty() ? "nothing" : wish->entries.front().address);
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

BOOST_AUTO_TEST_CASE(list_and_events_tell_what_is_wanted)
{
    show_list(shown(data_of("10.0.0.1"), 5), 10);
    BOOST_TEST(reflector.is_there());
    show_event("MODIFIED", shown(data_of("10.0.0.2"), 11));
    show_event("DELETED", shown(data_of("10.0.0.2"), 12));
    BOOST_TEST(!reflector.is_there());
    show_event("ADDED", shown(data_of("10.0.0.3"), 13));
    std::vector<std::string> const wanted{"10.0.0.1", "10.0.0.2", "nothing", "10.0.0.3"};
    BOOST_TEST(wishes == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(only_a_complete_list_tells_that_it_is_gone)
{
    show_list(shown(data_of("10.0.0.1"), 5), 10);
    // A list that breaks off is never ended by the watcher.
    reflector.begin_list();
    list.begin_page();
    BOOST_TEST(!list.on_body(R"({"kind":"ConfigMapList","metadata":{"resourceVersion":"20"},"ite)"));
    BOOST_TEST(wishes.size() == 1u);
    show_list("", 21);
    BOOST_TEST(wishes.back() == "nothing");
}

BOOST_AUTO_TEST_CASE(others_are_not_ours)
{
    show_list(shown(data_of("10.0.0.9"), 5, "kube-root-ca.crt"), 10);
    BOOST_TEST(wishes.size() == 1u);
    BOOST_TEST(wishes.back() == "nothing");
}

BOOST_AUTO_TEST_CASE(data_at_another_key_is_no_empty_configuration)
{
    show_list(shown({}, 5), 10);
    BOOST_TEST(wishes.back() == "nothing");
    json::object misplaced;
    misplaced["hosts"] = "hosts: []";
    show_event("MODIFIED", shown(misplaced, 11));
    BOOST_TEST(
        wishes.back() ==
        "error: ConfigMap ns/updater-config has no key 'hosts.yaml', but others; write the hosts at that "
        "key, or leave it without data"
    );
    misplaced["hosts.yaml"] = "hosts: [{domain: a.example.com, ip: 10.0.0.4}]";
    show_event("MODIFIED", shown(misplaced, 12));
    BOOST_TEST(wishes.back() == "10.0.0.4");
}

BOOST_AUTO_TEST_CASE(a_key_without_a_value_is_refused_as_a_file_is)
{
    show_list("", 10);
    unsigned version = 11;
    for (auto const* text : {"", " \n", "# none\n", ",\n", "%\n", "\xef\xbb\xbf", "---\n", "hosts:\n"})
    {
        json::object data;
        data["hosts.yaml"] = text;
        show_event("MODIFIED", shown(data, version++));
        BOOST_TEST(
            wishes.back().starts_with("error: ConfigMap ns/updater-config, hosts.yaml, line 1"), wishes.back()
        );
    }
}

BOOST_AUTO_TEST_CASE(bad_yaml_is_told_with_its_place)
{
    json::object data;
    data["hosts.yaml"] = "hosts:\n- [\n";
    show_list(shown(data, 5), 10);
    BOOST_TEST(
        wishes.back().starts_with("error: ConfigMap ns/updater-config, hosts.yaml, line "), wishes.back()
    );
}

BOOST_AUTO_TEST_CASE(an_older_event_is_ignored)
{
    show_list(shown(data_of("10.0.0.1"), 15), 15);
    show_event("MODIFIED", shown(data_of("10.0.0.2"), 14));
    BOOST_TEST(wishes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_list_is_the_truth_whatever_version_was_known)
{
    // etcd is restored to an older state, then to one with a bumped revision.
    show_list(shown(data_of("10.0.0.1"), 15), 20);
    show_event("MODIFIED", shown(data_of("10.0.0.2"), 21));
    show_list(shown(data_of("10.0.0.1"), 15), 16);
    BOOST_TEST(wishes.back() == "10.0.0.1");
    show_event("MODIFIED", shown(data_of("10.0.0.3"), 17));
    BOOST_TEST(wishes.back() == "10.0.0.3");
    show_list(shown(data_of("10.0.0.1"), 15), 1'000'000'016);
    BOOST_TEST(wishes.back() == "10.0.0.1");
    show_event("MODIFIED", shown(data_of("10.0.0.4"), 1'000'000'017));
    BOOST_TEST(wishes.back() == "10.0.0.4");
    show_list("", 18);
    BOOST_TEST(wishes.back() == "nothing");
    show_event("ADDED", shown(data_of("10.0.0.5"), 19));
    BOOST_TEST(wishes.back() == "10.0.0.5");
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_read_is_an_error_and_not_gone)
{
    auto const spoiled = [](unsigned version)
    {
        auto text = shown(data_of("10.0.0.1"), version);
        return text.replace(text.find("a.example.com"), 1, "\xff");
    };
    show_list(shown(data_of("10.0.0.1"), 5), 10);
    show_event("MODIFIED", spoiled(11));
    BOOST_TEST(
        wishes.back() == "error: ConfigMap ns/updater-config cannot be read: data.hosts.yaml is not UTF-8"
    );
    show_list(spoiled(11), 20);
    BOOST_TEST(reflector.is_there());
    BOOST_TEST(wishes.size() == 3u);
    BOOST_TEST(wishes.back().starts_with("error: "));
    show_event("MODIFIED", shown(data_of("10.0.0.2"), 21));
    BOOST_TEST(wishes.back() == "10.0.0.2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
