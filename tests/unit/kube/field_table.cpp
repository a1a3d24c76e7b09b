// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/field_table.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace field_table_test
{

using namespace tcr;
using kube::field_path;
using strings = std::vector<std::string>;

/// The values that `thing_fields` reads from an object.
struct thing
{
    std::string color;
    strings parts;
    strings labels;
    std::string text;
};

constexpr kube::field<thing> thing_fields[] = {
    {.path = "spec", .is_required = true},
    {"spec.color", [](auto& it, auto, auto text) { it.color = text; }, 8},
    {.path = "spec.parts[]", .open = [](auto& it) { it.parts.emplace_back(); }},
    {"spec.parts[].name", [](auto& it, auto, auto text) { it.parts.back() = text; }},
    {"metadata.labels.*",
     [](auto& it, auto key, auto text) { it.labels.push_back(std::string(key) + "=" + std::string(text)); }},
    {.path = {"data", "a.b"}, .piece = [](auto& it, auto piece, bool) { it.text += piece; }},
};

class thing_reader final : public kube::table_reader<thing>
{
public:
    thing_reader() : table_reader(thing_fields) {}

    void on_object(kube::object_event, kube::object_meta const&) override { things.push_back(values_); }
    void on_unreadable(kube::object_event, kube::object_meta const&, std::string_view what) override
    {
        problem = what;
    }

    std::vector<thing> things;
    std::string problem;
};

/// Reads objects. Each text has the members of one object except `metadata`.
thing_reader read(strings const& objects)
{
    thing_reader reader;
    kube::single_object_decoder decoder(reader, kube::object_event::modified);
    for (auto const& members : objects)
    {
        decoder.begin();
        BOOST_TEST_REQUIRE(!decoder.on_body(
            R"({"metadata":{"name":"x","resourceVersion":"1","labels":{"k":"v","l":"w"}},)" + members + "}"
        ));
    }
    return reader;
}

BOOST_AUTO_TEST_SUITE(field_tables)

BOOST_AUTO_TEST_CASE(a_path_is_split_into_keys)
{
    auto const check = [](field_path const& path, strings const& steps)
    { BOOST_TEST(path.steps() == steps, boost::test_tools::per_element()); };
    check("", {});
    check("kind", {"kind"});
    check("spec.docker.server", {"spec", "docker", "server"});
    check("status.conditions[].type", {"status", "conditions", "[]", "type"});
    check("values[]", {"values", "[]"});
    check("metadata.labels.*", {"metadata", "labels", "*"});
    check({"metadata.labels", "a.b/c"}, {"metadata", "labels", "a.b/c"});
}

BOOST_AUTO_TEST_CASE(values_are_stored_in_their_fields)
{
    auto const seen =
        read({R"("spec":{"color":"red","parts":[{"name":"a"},{},{"name":"b"}]},"data":{"a.b":"long"})"});
    BOOST_TEST_REQUIRE(seen.things.size() == 1u);
    auto const& it = seen.things[0];
    BOOST_TEST(it.color == "red");
    BOOST_TEST(it.parts == (strings{"a", "", "b"}), boost::test_tools::per_element());
    BOOST_TEST(it.labels == (strings{"k=v", "l=w"}), boost::test_tools::per_element());
    BOOST_TEST(it.text == "long");
}

BOOST_AUTO_TEST_CASE(a_value_of_an_unexpected_type_is_ignored)
{
    auto const seen = read({R"("spec":{"color":{"name":"red"},"parts":["a",1]},"data":{"a.b":["long"]})"});
    BOOST_TEST_REQUIRE(seen.things.size() == 1u);
    auto const& it = seen.things[0];
    BOOST_TEST(it.color == "");
    BOOST_TEST(it.parts.empty());
    BOOST_TEST(it.text == "");
}

BOOST_AUTO_TEST_CASE(values_of_one_object_do_not_leak_into_the_next)
{
    auto const seen = read({R"("spec":{"color":"red","parts":[{}]})", R"("spec":{})"});
    BOOST_TEST_REQUIRE(seen.things.size() == 2u);
    BOOST_TEST(seen.things[1].color == "");
    BOOST_TEST(seen.things[1].parts.empty());
    BOOST_TEST(seen.things[1].labels.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_value_longer_than_the_limit_of_its_field_is_unreadable)
{
    BOOST_TEST(read({R"("spec":{"color":"12345678"})"}).problem == "");
    BOOST_TEST(read({R"("spec":{"color":"123456789"})"}).problem.starts_with("spec.color "));
    // The table has no function for the value of `spec`, so its length has no limit.
    BOOST_TEST(read({R"("spec":")" + std::string(9000, 'x') + "\""}).problem == "");
}

BOOST_AUTO_TEST_CASE(paths_get_the_given_prefix_and_first_number)
{
    std::vector<kube::skim_path> all;
    kube::append_paths(all, kube::paths_of<thing>(thing_fields), {"items", "[]"}, 100);
    BOOST_TEST_REQUIRE(all.size() == std::size(thing_fields) - 1);
    BOOST_TEST(all[0].field == 101);
    BOOST_TEST(all[0].path == (strings{"items", "[]", "spec", "color"}), boost::test_tools::per_element());
    BOOST_TEST(all[0].max_bytes == 8u);
    BOOST_TEST(!all[0].in_pieces);
    BOOST_TEST(all[4].in_pieces);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace field_table_test
