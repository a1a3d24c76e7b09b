// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/errc.hpp>
#include <tcr/kube/object_stream.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>
#include <ostream>
#include <string>
#include <vector>

namespace tcr::kube
{

inline std::ostream& boost_test_print_type(std::ostream& out, errc code)
{
    return out << make_error_code(code);
}

}  // namespace tcr::kube

namespace
{

using namespace tcr;
using strings = std::vector<std::string>;

/// Records each object as one line: event, namespace/name, UID, version, then the other values.
class reader final : public kube::object_reader
{
public:
    std::vector<kube::skim_path> paths() const override
    {
        return {
            {0, {"metadata", "labels", "*"}},
            {1, {"imagePullSecrets", "[]", "name"}},
            {2, {"data", "secret"}, true},
            {3, {"status", "list", "[]"}},
            {4, {"status", "list", "[]", "name"}}};
    }
    void begin_object() override
    {
        ++begun;
        rest.clear();
        piece.clear();
    }
    void on_value(int field, std::string_view key, std::string_view text) override
    {
        rest.append(field == 0 ? " " + std::string(key) + "=" : field == 1 ? " >" : " .").append(text);
    }
    void on_piece(int, std::string_view text, bool last) override
    {
        piece.append(text);
        if (last)
            rest.append(" #").append(piece);
    }
    void on_open(int) override { rest += " +"; }
    void on_object(kube::object_event event, kube::object_meta const& meta) override
    {
        static char const* const words[] = {"listed", "added", "modified", "deleted"};
        lines.push_back(
            std::string(words[static_cast<int>(event)]) + " " + meta.ns + "/" + meta.name + " " + meta.uid +
            " " + std::to_string(meta.resource_version) + (meta.is_deleting ? " deleting" : "") + rest
        );
    }

    void on_unreadable(kube::object_event, kube::object_meta const& meta, std::string_view problem) override
    {
        lines.push_back("unreadable " + meta.ns + "/" + meta.name + ": " + std::string(problem));
    }

    strings lines;
    int begun = 0;
    std::string rest;
    std::string piece;
};

/// Calls `feed` with the pieces of the text: the whole text, single bytes, and two pieces for each cut.
template <class Feed>
void in_every_cut(std::string const& text, Feed feed)
{
    feed(strings{text});
    strings single;
    for (char c : text)
        single.emplace_back(1, c);
    feed(single);
    for (std::size_t cut = 1; cut < text.size(); ++cut)
        feed(strings{text.substr(0, cut), text.substr(cut)});
}

boost::system::error_code feed_all(net::body_sink& sink, strings const& pieces)
{
    for (auto const& piece : pieces)
        if (auto ec = sink.on_body(piece))
            return ec;
    return {};
}

struct page
{
    strings lines;
    boost::system::error_code failure;
    bool complete = false;
    std::uint64_t version = 0;
    std::string token;
};

page list(strings const& pieces)
{
    reader seen;
    kube::list_decoder decoder(seen);
    decoder.begin_page();
    page result;
    result.failure = feed_all(decoder, pieces);
    result.lines = seen.lines;
    result.complete = decoder.page_complete();
    result.version = decoder.resource_version();
    result.token = decoder.continue_token();
    return result;
}

struct watch_result
{
    strings lines;
    boost::system::error_code failure;
    std::uint64_t version = 0;
    std::uint64_t events = 0;
    bool saw_restore = false;
    std::optional<kube::api_status> status;
};

watch_result watch(strings const& pieces, std::uint64_t from = 100)
{
    reader seen;
    kube::watch_decoder decoder(seen);
    decoder.begin_watch(from);
    watch_result result;
    result.failure = feed_all(decoder, pieces);
    result.lines = seen.lines;
    result.version = decoder.resource_version();
    result.events = decoder.events();
    result.saw_restore = decoder.saw_restore();
    result.status = decoder.failure();
    return result;
}

std::string event(
    std::string const& type, std::string const& name, std::uint64_t version, std::string const& rest = ""
)
{
    return R"({"type":")" + type +
           R"(","object":{"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":")" + name +
           R"(","namespace":"ns","uid":"u-)" + name + R"(","resourceVersion":")" + std::to_string(version) +
           R"("})" + rest + "}}\n";
}

std::string bookmark(std::uint64_t version)
{
    return R"({"type":"BOOKMARK","object":{"kind":"ServiceAccount","apiVersion":"v1","metadata":)"
           R"({"resourceVersion":")" +
           std::to_string(version) + R"(","creationTimestamp":null}}})" + "\n";
}

constexpr char accounts_page[] =
    R"({"kind":"ServiceAccountList","apiVersion":"v1","metadata":{"resourceVersion":"421",)"
    R"("continue":"eyJ2Ijoi+/=",)"
    R"("remainingItemCount":3},"items":[)"
    R"({"metadata":{"name":"default","namespace":"a","uid":"8d7c","resourceVersion":"337",)"
    R"("creationTimestamp":"2026-11-24T01:02:03Z"}},)"
    R"({"metadata":{"name":"builder","namespace":"b","uid":"9e01","resourceVersion":"400",)"
    R"("labels":{"app":"x","tier":""},"deletionTimestamp":"2026-11-24T01:02:03Z",)"
    R"("managedFields":[{"manager":"kubectl","fieldsV1":{"f:imagePullSecrets":{".":{},)"
    R"("k:{\"name\":\"no\"}":{}}}}]},)"
    R"("secrets":[{"name":"no"}],"imagePullSecrets":[{"name":"one"},{"name":"two"}]}]})"
    "\n";

BOOST_AUTO_TEST_SUITE(object_stream)

// Lists.

BOOST_AUTO_TEST_CASE(a_list_page_has_objects_version_and_token)
{
    in_every_cut(
        accounts_page,
        [](strings const& pieces)
        {
            auto const seen = list(pieces);
            BOOST_TEST(!seen.failure);
            BOOST_TEST(
                seen.lines == (strings{
                                  "listed a/default 8d7c 337",
                                  "listed b/builder 9e01 400 deleting app=x tier= >one >two"}),
                boost::test_tools::per_element()
            );
            BOOST_TEST(seen.complete);
            BOOST_TEST(seen.version == 421u);
            BOOST_TEST(seen.token == "eyJ2Ijoi+/=");
        }
    );
}

BOOST_AUTO_TEST_CASE(the_lists_metadata_may_follow_its_items)
{
    in_every_cut(
        R"({"kind":"SecretList","items":[{"metadata":{"resourceVersion":"7","name":"x"}}],)"
        R"("metadata":{"continue":"c","resourceVersion":"9"}})",
        [](strings const& pieces)
        {
            auto const seen = list(pieces);
            BOOST_TEST(!seen.failure);
            BOOST_TEST(seen.lines == strings{"listed /x  7"}, boost::test_tools::per_element());
            BOOST_TEST(seen.complete);
            BOOST_TEST(seen.version == 9u);
            BOOST_TEST(seen.token == "c");
        }
    );
}

BOOST_AUTO_TEST_CASE(items_may_be_empty_null_or_absent)
{
    for (std::string items : {R"("items":[],)", R"("items":null,)", ""})
    {
        auto const seen = list({"{" + items + R"("kind":"SecretList","metadata":{"resourceVersion":"12"}})"});
        BOOST_TEST(!seen.failure);
        BOOST_TEST(seen.lines.empty());
        BOOST_TEST(seen.complete);
        BOOST_TEST(seen.version == 12u);
        BOOST_TEST(seen.token.empty());
    }
}

BOOST_AUTO_TEST_CASE(an_empty_continue_token_is_none)
{
    auto const seen =
        list({R"({"kind":"SecretList","metadata":{"resourceVersion":"12","continue":""},"items":[]})"});
    BOOST_TEST(seen.complete);
    BOOST_TEST(seen.token.empty());
}

BOOST_AUTO_TEST_CASE(an_item_without_name_or_version_makes_the_page_invalid)
{
    auto const good = std::string(R"({"metadata":{"name":"x","resourceVersion":"7"}})");
    for (std::string bad :
         {R"({"metadata":{"resourceVersion":"7"}})",
          R"({"metadata":{"name":"","resourceVersion":"7"}})",
          R"({"metadata":{"name":"x"}})",
          R"({"metadata":{"name":"x","resourceVersion":""}})",
          R"({"metadata":{"name":"x","resourceVersion":"0"}})",
          R"({"metadata":{"name":"x","resourceVersion":"7x"}})",
          R"({"metadata":null})",
          "{}",
          "[]"})
    {
        auto const seen = list(
            {R"({"kind":"SecretList","metadata":{"resourceVersion":"12"},"items":[)" + good + "," + bad +
             "," + good + "]}"}
        );
        BOOST_TEST(seen.failure == kube::errc::bad_answer, bad);
        // The name and version of the first item are not used for the invalid item.
        BOOST_TEST(seen.lines == (strings{"listed /x  7", "listed /x  7"}), bad);
    }
}

BOOST_AUTO_TEST_CASE(another_document_than_a_list_is_refused)
{
    for (std::string text :
         {"{}",
          R"({"items":[]})",
          R"({"metadata":{},"items":[]})",
          R"({"kind":"Namespace","metadata":{"name":"one","resourceVersion":"5"}})",
          R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","code":500})",
          R"("text")",
          "null",
          "[]"})
    {
        auto const seen = list({text});
        BOOST_TEST(seen.failure == kube::errc::bad_answer, text);
        BOOST_TEST(!seen.complete, text);
    }
    BOOST_TEST(list({"404 page not found\n"}).failure == kube::errc::bad_answer);
}

BOOST_AUTO_TEST_CASE(a_truncated_page_is_not_complete)
{
    std::string const text = accounts_page;
    auto const end = text.rfind('}');
    for (std::size_t length = 0; length <= end; ++length)
    {
        auto const seen = list({text.substr(0, length)});
        BOOST_TEST(!seen.failure);
        BOOST_TEST(!seen.complete, "cut at " << length);
    }
}

BOOST_AUTO_TEST_CASE(pages_do_not_share_state)
{
    reader seen;
    kube::list_decoder decoder(seen);
    decoder.begin_page();
    BOOST_TEST(!decoder.on_body(accounts_page));
    BOOST_TEST(decoder.page_complete());
    decoder.begin_page();
    BOOST_TEST(!decoder.page_complete());
    BOOST_TEST(decoder.resource_version() == 0u);
    BOOST_TEST(decoder.continue_token().empty());
    seen.lines.clear();
    BOOST_TEST(!decoder.on_body(
        R"({"kind":"SecretList","metadata":{"resourceVersion":"422"},"items":[{"metadata":{"name":"z",)"
        R"("resourceVersion":"5"}}]})"
    ));
    BOOST_TEST(seen.lines == strings{"listed /z  5"}, boost::test_tools::per_element());
    BOOST_TEST(decoder.resource_version() == 422u);
    BOOST_TEST(decoder.continue_token().empty());
}

BOOST_AUTO_TEST_CASE(a_page_can_be_read_again_after_an_invalid_one)
{
    reader seen;
    kube::list_decoder decoder(seen);
    for (std::string start :
         {std::string(accounts_page).substr(0, 420),
          std::string(R"({"metadata":{"resourceVersion":"1"},"items":[{}]})"),
          std::string("garbage")})
    {
        decoder.begin_page();
        decoder.on_body(start);
        seen.lines.clear();
        decoder.begin_page();
        BOOST_TEST(!decoder.on_body(accounts_page));
        BOOST_TEST(decoder.page_complete());
        BOOST_TEST(
            seen.lines ==
                (strings{
                    "listed a/default 8d7c 337", "listed b/builder 9e01 400 deleting app=x tier= >one >two"}),
            boost::test_tools::per_element()
        );
    }
}

BOOST_AUTO_TEST_CASE(values_of_a_listed_object_do_not_leak_into_the_next)
{
    auto const seen = list({R"({"kind":"SecretList","metadata":{"resourceVersion":"9"},"items":[)"
                            R"({"metadata":{"name":"full","namespace":"n","uid":"u","resourceVersion":"1",)"
                            R"("deletionTimestamp":"t",)"
                            R"("labels":{"a":"1"}},"imagePullSecrets":[{"name":"r"}],"data":{"secret":"x"},)"
                            R"("status":{"list":[{"name":"s"}]}},)"
                            R"({"metadata":{"name":"bare","resourceVersion":"2"}}]})"});
    BOOST_TEST(!seen.failure);
    BOOST_TEST(
        seen.lines == (strings{"listed n/full u 1 deleting a=1 >r #x + .s", "listed /bare  2"}),
        boost::test_tools::per_element()
    );
}

// Watches.

BOOST_AUTO_TEST_CASE(events_of_all_types_are_reported)
{
    auto const text = event("ADDED", "a", 101, R"(,"imagePullSecrets":[{"name":"r"}])") +
                      event("MODIFIED", "a", 102) + event("DELETED", "a", 110);
    in_every_cut(
        text,
        [](strings const& pieces)
        {
            auto const seen = watch(pieces);
            BOOST_TEST(!seen.failure);
            BOOST_TEST(
                seen.lines ==
                    (strings{"added ns/a u-a 101 >r", "modified ns/a u-a 102", "deleted ns/a u-a 110"}),
                boost::test_tools::per_element()
            );
            BOOST_TEST(seen.version == 110u);
            BOOST_TEST(seen.events == 3u);
            BOOST_TEST(!seen.saw_restore);
            BOOST_TEST(!seen.status);
        }
    );
}

BOOST_AUTO_TEST_CASE(an_event_is_reported_at_its_last_brace)
{
    auto text = event("ADDED", "a", 101);
    text.pop_back();
    BOOST_TEST(watch({text}).lines.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_bookmark_only_advances_the_version)
{
    reader seen;
    kube::watch_decoder decoder(seen);
    decoder.begin_watch(100);
    BOOST_TEST(!decoder.on_body(bookmark(150)));
    BOOST_TEST(seen.lines.empty());
    BOOST_TEST(decoder.resource_version() == 150u);
    BOOST_TEST(decoder.events() == 1u);
    // A bookmark with an unchanged version does not mean that etcd was restored.
    BOOST_TEST(!decoder.on_body(bookmark(150)));
    BOOST_TEST(!decoder.on_body(event("ADDED", "a", 151)));
    BOOST_TEST(decoder.resource_version() == 151u);
    BOOST_TEST(decoder.events() == 3u);
    BOOST_TEST(seen.lines == strings{"added ns/a u-a 151"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_error_event_ends_the_watch_with_its_status)
{
    std::string const text =
        R"j({"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",)j"
        R"j("message":"too old resource version: 5 (900)","reason":"Expired","code":410}})j"
        "\n";
    in_every_cut(
        event("ADDED", "a", 101) + text,
        [](strings const& pieces)
        {
            auto const seen = watch(pieces);
            BOOST_TEST(seen.failure == kube::errc::gone);
            BOOST_TEST_REQUIRE(seen.status.has_value());
            BOOST_TEST(seen.status->code == 410);
            BOOST_TEST(seen.status->reason == "Expired");
            BOOST_TEST(seen.status->message == "too old resource version: 5 (900)");
            BOOST_TEST(seen.lines.size() == 1u);
            BOOST_TEST(seen.version == 101u);
            BOOST_TEST(seen.events == 1u);
            BOOST_TEST(!seen.saw_restore);
        }
    );
}

BOOST_AUTO_TEST_CASE(other_error_events_keep_their_code_and_delay)
{
    auto const busy =
        watch({R"({"type":"ERROR","object":{"kind":"Status","code":429,"reason":"TooManyRequests",)"
               R"("message":"storage is (re)initializing","details":{"retryAfterSeconds":7}}})"});
    BOOST_TEST(busy.failure == kube::errc::too_many_requests);
    BOOST_TEST_REQUIRE(busy.status.has_value());
    BOOST_TEST(busy.status->retry_after.count() == 7);
    BOOST_TEST(
        watch({R"({"type":"ERROR","object":{"code":500,"reason":"InternalError"}})"}).failure ==
        kube::errc::internal_error
    );
    auto const absurd = watch(
        {R"({"type":"ERROR","object":{"code":429,"details":{"retryAfterSeconds":18446744073709551615}}})"}
    );
    BOOST_TEST_REQUIRE(absurd.status.has_value());
    BOOST_TEST(absurd.status->retry_after.count() == std::numeric_limits<int>::max());
    // An empty ERROR also ends the watch with an error.
    BOOST_TEST(bool(watch({R"({"type":"ERROR","object":{}})"}).failure));
}

BOOST_AUTO_TEST_CASE(an_event_older_than_its_predecessor_means_a_restore)
{
    auto const seen =
        watch({event("ADDED", "a", 120) + event("MODIFIED", "a", 119) + event("ADDED", "b", 130)});
    BOOST_TEST(seen.failure == kube::errc::gone);
    BOOST_TEST(seen.saw_restore);
    BOOST_TEST(seen.lines.size() <= 2u);
    BOOST_TEST(seen.events == 2u);
    BOOST_TEST(!seen.status);
}

BOOST_AUTO_TEST_CASE(an_event_older_than_the_start_of_the_watch_means_a_restore)
{
    BOOST_TEST(watch({event("ADDED", "a", 99)}, 100).saw_restore);
    BOOST_TEST(watch({event("ADDED", "a", 99)}, 100).failure == kube::errc::gone);
    BOOST_TEST(watch({bookmark(99)}, 100).saw_restore);
    BOOST_TEST(watch({bookmark(99)}, 100).failure == kube::errc::gone);
    BOOST_TEST(!watch({bookmark(100)}, 100).saw_restore);
}

BOOST_AUTO_TEST_CASE(an_event_of_an_unknown_type_or_none_is_a_bad_answer)
{
    for (auto const& text : {event("RENAMED", "a", 101), event("", "a", 101), event("added", "a", 101)})
    {
        auto const seen = watch({text});
        BOOST_TEST(seen.failure == kube::errc::bad_answer);
        BOOST_TEST(seen.lines.empty());
        BOOST_TEST(seen.version == 100u);
    }
    BOOST_TEST(
        watch({R"({"object":{"metadata":{"name":"a","resourceVersion":"101"}}})"}).failure ==
        kube::errc::bad_answer
    );
}

BOOST_AUTO_TEST_CASE(an_event_whose_object_lacks_name_or_version_is_a_bad_answer)
{
    for (std::string text :
         {R"({"type":"ADDED","object":{"metadata":{"resourceVersion":"101"}}})",
          R"({"type":"ADDED","object":{"metadata":{"name":"a"}}})",
          R"({"type":"BOOKMARK","object":{"metadata":{"name":"a"}}})",
          R"({"type":"DELETED"})",
          R"({"type":"ADDED","object":null})",
          "{}",
          "[]"})
    {
        auto const seen = watch({text});
        BOOST_TEST(seen.failure == kube::errc::bad_answer, text);
        BOOST_TEST(seen.lines.empty(), text);
    }
}

BOOST_AUTO_TEST_CASE(events_before_a_garbage_line_are_reported)
{
    auto const seen = watch({event("ADDED", "a", 101) + "<html>\n" + event("ADDED", "b", 102)});
    BOOST_TEST(seen.failure == kube::errc::bad_answer);
    BOOST_TEST(seen.lines.size() == 1u);
    BOOST_TEST(seen.version == 101u);
}

BOOST_AUTO_TEST_CASE(a_truncated_event_is_not_reported)
{
    auto const first = event("ADDED", "a", 101);
    auto const second = event("MODIFIED", "b", 102);
    for (std::size_t length = 1; length + 1 < second.size(); ++length)
    {
        auto const seen = watch({first + second.substr(0, length)});
        BOOST_TEST(!seen.failure);
        BOOST_TEST(seen.lines.size() == 1u, "cut at " << length);
        BOOST_TEST(seen.version == 101u);
    }
}

BOOST_AUTO_TEST_CASE(a_watch_after_a_truncated_one_has_fresh_state)
{
    reader seen;
    kube::watch_decoder decoder(seen);
    decoder.begin_watch(100);
    BOOST_TEST(!decoder.on_body(
        R"({"type":"DELETED","object":{"metadata":{"name":"old","namespace":"n","deletionTimestamp":"t",)"
        R"("labels":{"a":"1"}},"imagePullSecrets":[{"name":"r)"
    ));
    decoder.begin_watch(200);
    BOOST_TEST(decoder.resource_version() == 200u);
    BOOST_TEST(decoder.events() == 0u);
    BOOST_TEST(
        !decoder.on_body(R"({"object":{"metadata":{"name":"new","resourceVersion":"201"}},"type":"ADDED"})")
    );
    BOOST_TEST(seen.lines == strings{"added /new  201"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_watch_after_a_failed_one_has_no_failure)
{
    reader seen;
    kube::watch_decoder decoder(seen);
    decoder.begin_watch(100);
    BOOST_TEST(
        bool(decoder.on_body(R"({"type":"ERROR","object":{"code":410,"reason":"Expired","message":"m"}})"))
    );
    decoder.begin_watch(100);
    BOOST_TEST(!decoder.failure());
    // The second ERROR has only a code. The reason and message of the first ERROR are not kept.
    BOOST_TEST(bool(decoder.on_body(R"({"type":"ERROR","object":{"code":500}})")));
    BOOST_TEST_REQUIRE(decoder.failure().has_value());
    BOOST_TEST(decoder.failure()->code == 500);
    BOOST_TEST(decoder.failure()->reason.empty());
    BOOST_TEST(decoder.failure()->message.empty());
    decoder.begin_watch(100);
    BOOST_TEST(bool(decoder.on_body(bookmark(50))));
    BOOST_TEST(decoder.saw_restore());
    decoder.begin_watch(100);
    BOOST_TEST(!decoder.saw_restore());
}

BOOST_AUTO_TEST_CASE(the_object_may_come_before_the_type)
{
    in_every_cut(
        R"({"object":{"imagePullSecrets":[{"name":"r"}],"metadata":{"resourceVersion":"101","name":"a"}},)"
        R"("type":"MODIFIED"})",
        [](strings const& pieces)
        {
            auto const seen = watch(pieces);
            BOOST_TEST(!seen.failure);
            BOOST_TEST(seen.lines == strings{"modified /a  101 >r"}, boost::test_tools::per_element());
        }
    );
}

BOOST_AUTO_TEST_CASE(values_of_an_event_do_not_leak_into_the_next)
{
    auto const full = event(
        "MODIFIED",
        "full",
        101,
        R"(,"imagePullSecrets":[{"name":"r"}],"data":{"secret":"x"},"status":{"list":[{"name":"s"},{}]})"
    );
    auto const bare = [](std::string const& type, std::string const& version)
    {
        return R"({"type":")" + type + R"(","object":{"metadata":{"name":"bare","resourceVersion":")" +
               version + "\"}}}\n";
    };
    auto const seen = watch({full + bare("ADDED", "102") + full + bookmark(103) + bare("DELETED", "104")});
    // The second `full` has version 101, which is lower than 102 of the event before it.
    BOOST_TEST(seen.failure == kube::errc::gone);
    BOOST_TEST(
        (strings{seen.lines.begin(), seen.lines.begin() + 2}) ==
            (strings{"modified ns/full u-full 101 >r #x + .s +", "added /bare  102"}),
        boost::test_tools::per_element()
    );
    auto const after_bookmark = watch({full + bookmark(103) + bare("DELETED", "104")});
    BOOST_TEST(!after_bookmark.failure);
    BOOST_TEST(after_bookmark.lines.back() == "deleted /bare  104");
}

BOOST_AUTO_TEST_CASE(values_of_a_bookmark_do_not_leak_into_the_next_event)
{
    auto const seen =
        watch({R"({"type":"BOOKMARK","object":{"metadata":{"name":"b","namespace":"n","uid":"u",)"
               R"("resourceVersion":"101",)"
               R"("deletionTimestamp":"t","labels":{"a":"1"}},"imagePullSecrets":[{"name":"r"}]}})"
               R"({"type":"ADDED","object":{"metadata":{"name":"x","resourceVersion":"102"}}})"});
    BOOST_TEST(!seen.failure);
    BOOST_TEST(seen.lines == strings{"added /x  102"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(fields_named_like_those_of_a_status_are_not_a_failure)
{
    auto const seen =
        watch({event("ADDED", "a", 101, R"(,"code":410,"reason":"Expired","message":"m","type":"ERROR")")});
    BOOST_TEST(!seen.failure);
    BOOST_TEST(seen.lines.size() == 1u);
}

// One object.

BOOST_AUTO_TEST_CASE(a_single_object_is_reported_with_the_given_event)
{
    std::string const text = R"({"kind":"ServiceAccount","metadata":{"name":"a","namespace":"n","uid":"u",)"
                             R"("resourceVersion":"18446744073709551615"},"imagePullSecrets":[{"name":"r"}]})"
                             "\n";
    in_every_cut(
        text,
        [](strings const& pieces)
        {
            reader seen;
            kube::single_object_decoder decoder(seen, kube::object_event::modified);
            decoder.begin();
            BOOST_TEST(!decoder.complete());
            BOOST_TEST(!feed_all(decoder, pieces));
            BOOST_TEST(decoder.complete());
            BOOST_TEST(
                seen.lines == strings{"modified n/a u 18446744073709551615 >r"},
                boost::test_tools::per_element()
            );
        }
    );
}

BOOST_AUTO_TEST_CASE(a_single_object_must_have_name_and_version)
{
    for (std::string text :
         {R"({"metadata":{"name":"a"}})",
          R"({"metadata":{"resourceVersion":"1"}})",
          R"({"kind":"Status","metadata":{},"status":"Success"})",
          R"({"kind":"SecretList","items":[{"metadata":{"name":"a","resourceVersion":"1"}}],)"
          R"("metadata":{"resourceVersion":"5"}})",
          "404 page not found\n"})
    {
        reader seen;
        kube::single_object_decoder decoder(seen, kube::object_event::added);
        decoder.begin();
        BOOST_TEST(decoder.on_body(text) == kube::errc::bad_answer, text);
        BOOST_TEST(!decoder.complete(), text);
        BOOST_TEST(seen.lines.empty(), text);
    }
}

BOOST_AUTO_TEST_CASE(a_single_decoder_is_reusable_after_any_answer)
{
    std::string const full =
        R"({"metadata":{"name":"full","namespace":"n","uid":"u","resourceVersion":"1",)"
        R"("deletionTimestamp":"t",)"
        R"("labels":{"a":"1"}},"imagePullSecrets":[{"name":"r"}],"data":{"secret":"x"}})";
    for (auto const& before :
         {full, full.substr(0, full.size() - 4), std::string("garbage"), std::string("{}")})
    {
        reader seen;
        kube::single_object_decoder decoder(seen, kube::object_event::added);
        decoder.begin();
        decoder.on_body(before);
        seen.lines.clear();
        decoder.begin();
        BOOST_TEST(!decoder.complete());
        BOOST_TEST(!decoder.on_body(R"({"metadata":{"name":"bare","resourceVersion":"2"}})"));
        BOOST_TEST(decoder.complete());
        BOOST_TEST(seen.lines == strings{"added /bare  2"}, boost::test_tools::per_element());
    }
}

// Input that a tenant can control.

BOOST_AUTO_TEST_CASE(one_bad_object_of_a_page_is_reported_and_the_others_are_read)
{
    std::string text = R"({"kind":"ServiceAccountList","metadata":{"resourceVersion":"900"},"items":[)";
    for (int i = 0; i < 500; ++i)
    {
        auto const number = std::to_string(i);
        text += i == 0 ? "" : ",";
        text += R"({"metadata":{"namespace":"ns","name":"a)" + number + R"(","uid":"u","resourceVersion":")" +
                std::to_string(i + 1) + R"("},"imagePullSecrets":[{"name":"r)" + (i == 77 ? "\xff" : "") +
                "\"}]}";
    }
    text += "]}";
    for (std::size_t const length : {std::size_t(7), std::size_t(4096), text.size()})
    {
        strings pieces;
        for (std::size_t at = 0; at < text.size(); at += length)
            pieces.push_back(text.substr(at, length));
        auto const seen = list(pieces);
        BOOST_TEST(!seen.failure);
        BOOST_TEST(seen.complete);
        BOOST_TEST_REQUIRE(seen.lines.size() == 500u);
        BOOST_TEST(seen.lines[77] == "unreadable ns/a77: imagePullSecrets[].name is not UTF-8");
        BOOST_TEST(seen.lines[78] == "listed ns/a78 u 79 >r");
    }
}

BOOST_AUTO_TEST_CASE(a_watch_continues_after_an_unreadable_object)
{
    auto const references = R"(,"imagePullSecrets":[{"name":")" + std::string(5'000, 'x') + "\"}]";
    auto const text = event("MODIFIED", "a", 101, references) + event("ADDED", "b", 102) +
                      event("DELETED", "a", 103, references);
    auto const seen = watch({text});
    BOOST_TEST(!seen.failure);
    BOOST_TEST(seen.version == 103u);
    BOOST_TEST(seen.events == 3u);
    BOOST_TEST(
        seen.lines == (strings{
                          "unreadable ns/a: imagePullSecrets[].name is too long",
                          "added ns/b u-b 102",
                          "deleted ns/a u-a 103"}),
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(unwanted_values_cannot_make_an_object_unreadable)
{
    std::string deep(10'000, '[');
    deep += std::string(10'000, ']');
    for (std::string const& stuff :
         {std::string("{\"fieldsV1\":{\"f:\xff\":{}}}"), deep, "\"" + std::string(2'000'000, 'x') + "\""})
    {
        auto const seen = watch(
            {R"({"type":"ADDED","object":{"metadata":{"name":"a","managedFields":)" + stuff +
             R"(,"annotations":{"x":)" + stuff + R"(},"resourceVersion":"101"},"other":)" + stuff + "}}"}
        );
        BOOST_TEST(!seen.failure);
        BOOST_TEST(seen.lines == strings{"added /a  101"}, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(an_event_whose_object_has_no_readable_name_is_refused)
{
    BOOST_TEST(
        watch(
            {"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"\xff\",\"resourceVersion\":\"101\"}}}"}
        )
            .failure == kube::errc::bad_answer
    );
}

BOOST_AUTO_TEST_CASE(a_page_with_an_unreadable_continue_token_is_refused)
{
    auto const page_with = [](std::string const& token)
    {
        return list(
            {R"({"kind":"SecretList","metadata":{"resourceVersion":"9","continue":")" + token +
             R"("},"items":[]})"}
        );
    };
    BOOST_TEST(page_with("abc").complete);
    BOOST_TEST(page_with("\xff").failure == kube::errc::bad_answer);
    BOOST_TEST(page_with(std::string(100'000, 'x')).failure == kube::errc::bad_answer);
}

BOOST_AUTO_TEST_CASE(an_error_event_with_an_unreadable_message_keeps_its_code)
{
    auto const seen = watch(
        {R"({"type":"ERROR","object":{"code":410,"reason":"Expired","message":")" +
         std::string(100'000, 'x') + "\"}}"}
    );
    BOOST_TEST(seen.failure == kube::errc::gone);
    BOOST_TEST_REQUIRE(seen.status.has_value());
    BOOST_TEST(seen.status->message.empty());
}

BOOST_AUTO_TEST_CASE(a_single_object_that_cannot_be_read_is_complete_and_reported)
{
    reader seen;
    kube::single_object_decoder decoder(seen, kube::object_event::modified);
    decoder.begin();
    BOOST_TEST(
        !decoder.on_body("{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\",\"resourceVersion\":\"1\","
                         "\"labels\":{\"k\":\"\xff\"}}}")
    );
    BOOST_TEST(decoder.complete());
    BOOST_TEST(seen.lines == strings{"unreadable n/a: metadata.labels.* is not UTF-8"});
    decoder.begin();
    BOOST_TEST(!decoder.on_body(R"({"metadata":{"name":"b","resourceVersion":"2"}})"));
    BOOST_TEST(seen.lines.back() == "modified /b  2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
