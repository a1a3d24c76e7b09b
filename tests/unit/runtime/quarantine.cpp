// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/quarantine.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace quarantine_test
{

using tcr::runtime::quarantine;

/// A quarantine with a log in memory.
struct fixture
{
    fixture() : stream(open_memstream(&bytes, &size)), log(stream), objects(log) {}
    ~fixture()
    {
        std::fclose(stream);
        std::free(bytes);
    }
    fixture(fixture const&) = delete;
    fixture& operator=(fixture const&) = delete;

    std::string text()
    {
        std::fflush(stream);
        return {bytes, size};
    }
    std::ptrdiff_t lines()
    {
        auto const all = text();
        return std::count(all.begin(), all.end(), '\n');
    }

    char* bytes = nullptr;
    std::size_t size = 0;
    std::FILE* stream;
    tcr::logger log;
    quarantine objects;
};

BOOST_FIXTURE_TEST_SUITE(quarantine_of_objects, fixture)

BOOST_AUTO_TEST_CASE(an_object_is_logged_once_by_name_and_counted_once)
{
    objects.add("serviceaccounts", "tenant", "bad", "metadata.name is not UTF-8");
    objects.add("serviceaccounts", "tenant", "bad", "metadata.name is not UTF-8");
    BOOST_TEST(objects.size("serviceaccounts") == 1u);
    BOOST_TEST(lines() == 1);
    for (std::string_view part :
         {" warning ",
          "resource=serviceaccounts",
          "namespace=tenant",
          "name=bad",
          "metadata.name is not UTF-8"})
        BOOST_TEST(text().find(part) != std::string::npos, part << " in " << text());
}

BOOST_AUTO_TEST_CASE(objects_differ_by_resource_namespace_and_name)
{
    objects.add("serviceaccounts", "a", "b", "x");
    objects.add("serviceaccounts", "a", "c", "x");
    objects.add("serviceaccounts", "b", "b", "x");
    objects.add("secrets", "a", "b", "x");
    BOOST_TEST(objects.size("serviceaccounts") == 3u);
    BOOST_TEST(objects.size("secrets") == 1u);
    BOOST_TEST(objects.size("namespaces") == 0u);
    BOOST_TEST(lines() == 4);
}

BOOST_AUTO_TEST_CASE(an_object_that_becomes_readable_leaves)
{
    objects.add("secrets", "a", "b", "x");
    objects.remove("secrets", "a", "other");
    objects.remove("serviceaccounts", "a", "b");
    BOOST_TEST(objects.size("secrets") == 1u);
    BOOST_TEST(lines() == 1);
    objects.remove("secrets", "a", "b");
    objects.remove("secrets", "a", "b");
    BOOST_TEST(objects.size("secrets") == 0u);
    BOOST_TEST(lines() == 2);
    BOOST_TEST(text().find(" info ") != std::string::npos);
    objects.add("secrets", "a", "b", "x");
    BOOST_TEST(lines() == 3);
}

BOOST_AUTO_TEST_CASE(a_complete_list_releases_what_is_gone)
{
    objects.begin_list("secrets");
    objects.add("secrets", "a", "stays", "x");
    objects.add("secrets", "a", "goes", "x");
    objects.end_list("secrets");
    BOOST_TEST(objects.size("secrets") == 2u);
    objects.add("secrets", "a", "later", "x");
    objects.add("serviceaccounts", "a", "other-resource", "x");

    // If a list restarts, the quarantine drops objects only when the new list is complete.
    objects.begin_list("secrets");
    objects.add("secrets", "a", "goes", "x");
    BOOST_TEST(objects.size("secrets") == 3u);
    objects.begin_list("secrets");
    objects.add("secrets", "a", "stays", "x");
    BOOST_TEST(objects.size("secrets") == 3u);
    objects.end_list("secrets");
    BOOST_TEST(objects.size("secrets") == 1u);
    BOOST_TEST(objects.size("serviceaccounts") == 1u);
    objects.remove("secrets", "a", "stays");
    BOOST_TEST(objects.size("secrets") == 0u);
}

BOOST_AUTO_TEST_CASE(objects_of_a_resource_that_is_no_longer_watched_leave)
{
    objects.add("things", "n", "bad", "x");
    objects.add("others", "n", "bad", "x");
    objects.clear("things");
    objects.clear("unknown");
    BOOST_TEST(objects.size("things") == 0u);
    BOOST_TEST(objects.size("others") == 1u);
}

BOOST_AUTO_TEST_CASE(a_mass_of_objects_is_counted_while_few_are_remembered_and_logged)
{
    constexpr std::size_t mass = 20'000;
    auto const add_all = [&]
    {
        for (std::size_t i = 0; i < mass; ++i)
            objects.add("serviceaccounts", "tenant", "bad" + std::to_string(i), "x");
    };
    objects.begin_list("serviceaccounts");
    add_all();
    objects.end_list("serviceaccounts");
    BOOST_TEST(objects.size("serviceaccounts") == mass);
    BOOST_TEST(lines() <= 20);

    // Each resource has its own limit.
    objects.add("secrets", "a", "b", "x");
    objects.remove("secrets", "a", "b");
    BOOST_TEST(objects.size("secrets") == 0u);

    objects.begin_list("serviceaccounts");
    add_all();
    objects.end_list("serviceaccounts");
    BOOST_TEST(objects.size("serviceaccounts") == mass);
    objects.begin_list("serviceaccounts");
    objects.end_list("serviceaccounts");
    BOOST_TEST(objects.size("serviceaccounts") == 0u);
}

/// A reflector that records the objects that it receives. It adds objects named "refused" to the quarantine.
class target final : public tcr::runtime::reflector
{
public:
    explicit target(quarantine& objects) : objects_(objects) {}

    std::vector<tcr::kube::skim_path> paths() const override { return {{0, {"x"}}}; }
    void begin_object() override {}
    void on_value(int, std::string_view, std::string_view text) override { calls.append(text).append(" "); }
    void on_object(tcr::kube::object_event, tcr::kube::object_meta const& meta) override
    {
        calls += meta.name + " ";
        if (meta.name == "refused")
            objects_.add("things", meta.ns, meta.name, "too much");
    }
    void on_unreadable(tcr::kube::object_event, tcr::kube::object_meta const& meta, std::string_view problem)
        override
    {
        calls.append(meta.name).append("! ").append(problem).append(" ");
    }
    void begin_list() override { calls += "[ "; }
    void end_list(std::uint64_t) override { calls += "] "; }

    std::string calls;

private:
    quarantine& objects_;
};

std::string event_of(std::string const& type, std::string const& name, int version, std::string const& x)
{
    return R"({"type":")" + type + R"(","object":{"metadata":{"namespace":"n","name":")" + name +
           R"(","resourceVersion":")" + std::to_string(version) + R"("},"x":")" + x + "\"}}";
}

BOOST_AUTO_TEST_CASE(a_reader_puts_objects_into_quarantine_and_takes_them_out)
{
    target to(objects);
    tcr::runtime::quarantining_reader reader(to, objects, "things");
    tcr::kube::watch_decoder watch(reader);
    watch.begin_watch(1);
    auto const feed = [&](std::string const& event) { BOOST_TEST(!watch.on_body(event)); };
    feed(event_of("ADDED", "good", 2, "1"));
    BOOST_TEST(objects.size("things") == 0u);
    feed(event_of("ADDED", "bad", 3, "\xff"));
    BOOST_TEST(objects.size("things") == 1u);
    feed(event_of("MODIFIED", "bad", 4, "\xff"));
    BOOST_TEST(objects.size("things") == 1u);
    feed(event_of("MODIFIED", "bad", 5, "2"));
    BOOST_TEST(objects.size("things") == 0u);
    feed(event_of("MODIFIED", "bad", 6, "\xff"));
    feed(event_of("DELETED", "bad", 7, "\xff"));
    BOOST_TEST(objects.size("things") == 0u);
    BOOST_TEST(to.calls == "1 good bad! x is not UTF-8 bad! x is not UTF-8 2 bad bad! x is not UTF-8 bad ");
}

BOOST_AUTO_TEST_CASE(what_a_reflector_refuses_itself_stays_in_quarantine)
{
    target to(objects);
    tcr::runtime::quarantining_reader reader(to, objects, "things");
    tcr::kube::watch_decoder watch(reader);
    watch.begin_watch(1);
    for (int version = 2; version < 5; ++version)
        BOOST_TEST(!watch.on_body(event_of("MODIFIED", "refused", version, "1")));
    BOOST_TEST(objects.size("things") == 1u);
    BOOST_TEST(lines() == 1);
}

BOOST_AUTO_TEST_CASE(a_list_through_a_reader_releases_what_is_gone)
{
    target to(objects);
    tcr::runtime::quarantining_reader reader(to, objects, "things");
    objects.add("things", "n", "gone", "x");
    objects.add("things", "n", "bad", "x");
    tcr::kube::list_decoder page(reader);
    reader.begin_list();
    page.begin_page();
    BOOST_TEST(
        !page.on_body("{\"kind\":\"ThingList\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[{"
                      "\"metadata\":{\"namespace\":\"n\","
                      "\"name\":\"bad\",\"resourceVersion\":\"5\"},\"x\":\"\xff\"}]}")
    );
    reader.end_list(9);
    BOOST_TEST(objects.size("things") == 1u);
    BOOST_TEST(to.calls == "[ bad! x is not UTF-8 ] ");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace quarantine_test
