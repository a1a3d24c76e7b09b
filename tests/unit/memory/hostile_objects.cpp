// SPDX-License-Identifier: Apache-2.0
#include "memory/process_memory.hpp"
#include <tcr/kube/object_stream.hpp>
#include <tcr/runtime/core_reflectors.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hostile_objects_test
{

using memory_tests::allocated_bytes;
using memory_tests::high_water_mark;

/// The largest object that a tenant can create, in bytes: etcd refuses larger requests (its
/// --max-request-bytes).
constexpr std::size_t largest_object = 1536 * 1024;

/// Bytes that remain allocated after the first objects: the first chunk of each pool of records, and a small
/// buffer of the reader.
constexpr std::size_t first_records = 36 * 1024;

/// A text with as many copies of `entry` as an object can hold, separated by commas.
std::string as_many_as_fit(std::string_view entry)
{
    std::string list(entry);
    while (list.size() + entry.size() < largest_object)
        list.append(",").append(entry);
    return list;
}

std::string event_of(std::string_view object)
{
    return R"({"type":"MODIFIED","object":)" + std::string(object) + "}";
}

std::string account_with(std::string_view references)
{
    return event_of(
        R"({"metadata":{"namespace":"tenant","name":"default","resourceVersion":"7"},"imagePullSecrets":[)" +
        std::string(references) + "]}"
    );
}

/// Bytes that are allocated while an event is parsed (`most`), and afterwards (`kept`).
struct cost
{
    std::size_t most = 0;
    std::size_t kept = 0;
};

tcr::runtime::account_reflector make_accounts(tcr::runtime::cluster_store& store)
{
    return {store, nullptr, "tcr.ips"};
}

tcr::runtime::namespace_reflector make_namespaces(tcr::runtime::cluster_store& store)
{
    return {store, nullptr};
}

/// Passes all calls to `reader`. Measures the memory after each large value and each object, when the parser,
/// the reflector and the store may each hold a copy of the text.
class looking_reader final : public tcr::kube::object_reader
{
public:
    looking_reader(object_reader& reader, high_water_mark& mark) : reader_(reader), mark_(mark) {}

    std::vector<tcr::kube::skim_path> paths() const override { return reader_.paths(); }
    void begin_object() override { reader_.begin_object(); }
    void on_open(int field) override { reader_.on_open(field); }
    void on_piece(int field, std::string_view piece, bool last) override
    {
        reader_.on_piece(field, piece, last);
    }
    void on_value(int field, std::string_view key, std::string_view text) override
    {
        reader_.on_value(field, key, text);
        if (text.size() > 4096)
            mark_.look();
    }
    void on_object(tcr::kube::object_event event, tcr::kube::object_meta const& meta) override
    {
        reader_.on_object(event, meta);
        mark_.look();
    }

private:
    object_reader& reader_;
    high_water_mark& mark_;
};

/// Measures the memory for one event, which arrives in pieces of 4096 bytes.
template <class Reflector>
cost cost_of(Reflector (*make)(tcr::runtime::cluster_store&), std::string const& json)
{
    tcr::runtime::cluster_store store;
    auto reflector = make(store);
    auto const before = allocated_bytes();
    high_water_mark mark;
    looking_reader reader(reflector, mark);
    tcr::kube::watch_decoder decoder(reader);
    decoder.begin_watch(1);
    for (std::size_t at = 0; at < json.size(); at += 4096)
    {
        BOOST_TEST_REQUIRE(!decoder.on_body(std::string_view(json).substr(at, 4096)));
        mark.look();
    }
    BOOST_TEST(decoder.events() == 1u);
    return {mark.bytes(), allocated_bytes() - before};
}

void print_cost(std::string const& what, std::string const& json, cost const& spent)
{
    BOOST_TEST_MESSAGE(
        what << ": " << json.size() << " bytes of JSON, allocated " << spent.most << " at the most, "
             << spent.kept << " kept"
    );
}

BOOST_AUTO_TEST_SUITE(hostile_objects)

/// The bytes that the parser, one list of references and the labels of one object may use.
constexpr std::size_t buffers = 48 * 1024;

BOOST_AUTO_TEST_CASE(a_list_of_references_costs_no_more_than_is_kept_of_it)
{
    for (std::string_view entry : {"{}", R"({"name":""})", R"({"name":"a"})", R"({"name":"\n"})"})
    {
        auto const json = account_with(as_many_as_fit(entry));
        auto const spent = cost_of(make_accounts, json);
        print_cost("references " + std::string(entry), json, spent);
        BOOST_TEST(spent.most < first_records + buffers, entry << ": " << spent.most << " bytes");
        BOOST_TEST(spent.kept < first_records);
    }
}

BOOST_AUTO_TEST_CASE(a_list_of_names_like_ours_costs_no_more_than_is_kept_of_it)
{
    using tcr::runtime::reference_list;
    auto const json = account_with(as_many_as_fit(R"({"name":"tcr.ipsa"})"));
    auto const spent = cost_of(make_accounts, json);
    print_cost("references like ours", json, spent);
    // While a string grows, its old memory and the new memory of twice the size are both allocated.
    BOOST_TEST(spent.most < first_records + buffers + 3 * reference_list::max_bytes);
    BOOST_TEST(spent.kept < first_records);
}

BOOST_AUTO_TEST_CASE(a_long_name_is_never_collected)
{
    auto const json = account_with(R"({"name":")" + std::string(largest_object - 100, 'n') + R"("})");
    auto const spent = cost_of(make_accounts, json);
    print_cost("one reference", json, spent);
    BOOST_TEST(spent.most < first_records + buffers);
    BOOST_TEST(spent.kept < first_records);
}

BOOST_AUTO_TEST_CASE(escapes_make_an_object_six_times_as_long_and_cost_nothing)
{
    std::string angles;
    for (std::size_t i = 0; i < largest_object - 100; ++i)
        angles += "\\u003c";
    auto const json =
        account_with(R"({"name":")" + angles + R"("},{"name":"other","\u003c":")" + angles + R"("})");
    auto const spent = cost_of(make_accounts, json);
    print_cost("one reference of escapes", json, spent);
    BOOST_TEST(spent.most < first_records + buffers);
    BOOST_TEST(spent.kept < first_records);
}

BOOST_AUTO_TEST_CASE(a_key_of_a_megabyte_is_never_collected)
{
    auto const json = event_of(
        R"({"metadata":{"name":"tenant","resourceVersion":"7","labels":{"a":"b",")" +
        std::string(largest_object - 100, 'k') + R"(":"v"},")" + std::string(largest_object - 100, 'k') +
        R"(":1}})"
    );
    auto const spent = cost_of(make_namespaces, json);
    print_cost("keys", json, spent);
    BOOST_TEST(spent.most < first_records + buffers);
    BOOST_TEST(spent.kept < first_records);
}

BOOST_AUTO_TEST_CASE(the_labels_of_a_namespace_cost_no_more_than_is_kept_of_them)
{
    std::string labels;
    for (int i = 0; labels.size() < largest_object; ++i)
        labels += (labels.empty() ? "\"" : ",\"") + std::to_string(1'000'000 + i) + "\":\"\"";
    auto const json =
        event_of(R"({"metadata":{"name":"tenant","resourceVersion":"7","labels":{)" + labels + "}}}");
    auto const spent = cost_of(make_namespaces, json);
    print_cost("labels", json, spent);
    BOOST_TEST(spent.most < first_records + buffers);
    BOOST_TEST(spent.kept < first_records);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hostile_objects_test
