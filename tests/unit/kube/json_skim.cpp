// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/errc.hpp>
#include <tcr/kube/json_skim.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <iterator>
#include <ostream>
#include <random>
#include <string>
#include <utility>
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

/// Records each call as one line. All pieces of a string are one line.
class recorder final : public kube::skim_handler
{
public:
    void on_value(int field, std::string_view key, std::string_view text) override
    {
        // A key is valid only for a path with "*". In these tests such paths have field numbers from 50.
        auto const shown = field >= 50 ? "[" + std::string(key) + "]" : std::string();
        lines.push_back(std::to_string(field) + shown + "=" + std::string(text));
    }
    void on_piece(int field, std::string_view piece, bool last) override
    {
        ++pieces;
        longest_piece = std::max(longest_piece, piece.size());
        pending.append(piece);
        if (!last)
            return;
        lines.push_back(std::to_string(field) + ":" + pending);
        pending.clear();
    }
    void on_unreadable(int field, std::string_view problem) override
    {
        lines.push_back(std::to_string(field) + " " + std::string(problem));
    }
    void on_open(int field) override { lines.push_back("+" + std::to_string(field)); }
    void on_close(int field) override { lines.push_back("-" + std::to_string(field)); }
    boost::system::error_code on_document() override
    {
        lines.push_back(".");
        return refusal;
    }

    strings lines;
    std::string pending;
    std::size_t pieces = 0;
    std::size_t longest_piece = 0;
    boost::system::error_code refusal;
};

struct outcome
{
    strings lines;
    boost::system::error_code failure;
    bool between = false;
};

outcome skim(std::vector<kube::skim_path> const& paths, strings const& pieces)
{
    kube::skim_tree const tree(paths);
    recorder seen;
    kube::json_skimmer skimmer(tree, seen);
    outcome result;
    for (auto const& piece : pieces)
    {
        // The copy has exactly the size of the piece, so that a sanitizer detects a read past its end.
        std::vector<char> const exact(piece.begin(), piece.end());
        result.failure = skimmer.feed({exact.data(), exact.size()});
        if (result.failure)
            break;
    }
    result.lines = std::move(seen.lines);
    result.between = skimmer.between_documents();
    return result;
}

strings cut(std::string const& text, std::size_t length)
{
    strings pieces;
    for (std::size_t at = 0; at < text.size(); at += length)
        pieces.push_back(text.substr(at, length));
    return pieces;
}

strings bytes_of(std::string const& text)
{
    return cut(text, 1);
}

/// Checks that a skim of `text` in pieces of 1, 2, 3 and 7 bytes has the result `whole`.
void check_same_in_pieces(
    std::vector<kube::skim_path> const& paths, std::string const& text, outcome const& whole
)
{
    auto const shown = text.substr(0, 200);
    for (std::size_t const length : {1, 2, 3, 7})
    {
        auto const pieces = skim(paths, cut(text, length));
        BOOST_TEST((pieces.lines == whole.lines), "in pieces of " << length << ": " << shown);
        BOOST_TEST(pieces.failure == whole.failure, "in pieces of " << length << ": " << shown);
        BOOST_TEST(pieces.between == whole.between, "in pieces of " << length << ": " << shown);
    }
}

/// Checks that a skim of `text` records the `expected` lines, whole and in pieces.
void check_lines(std::vector<kube::skim_path> const& paths, std::string const& text, strings const& expected)
{
    auto const whole = skim(paths, {text});
    BOOST_TEST(whole.lines == expected, boost::test_tools::per_element());
    BOOST_TEST(!whole.failure);
    BOOST_TEST(whole.between);
    check_same_in_pieces(paths, text, whole);
    for (std::size_t at = 0; at <= text.size(); ++at)
    {
        auto const halves = skim(paths, {text.substr(0, at), text.substr(at)});
        BOOST_TEST(halves.lines == expected, "cut at " << at << ": " << text);
        BOOST_TEST(!halves.failure);
    }
}

/// Checks that a skim refuses `text`, whole and in pieces. An unfinished text is refused at its end.
void check_refused(std::string const& text)
{
    std::vector<kube::skim_path> const paths{{1, {"a"}}};
    BOOST_TEST(skim(paths, {text}).failure == kube::errc::bad_answer, text);
    BOOST_TEST(skim(paths, bytes_of(text)).failure == kube::errc::bad_answer, text);
    for (std::size_t at = 0; at <= text.size(); ++at)
        BOOST_TEST(
            skim(paths, {text.substr(0, at), text.substr(at)}).failure == kube::errc::bad_answer,
            text << " cut at " << at
        );
}

std::string nested(int depth, std::string const& core)
{
    std::string text;
    for (int i = 0; i < depth; ++i)
        text += i % 2 == 0 ? "{\"f:x\":" : "[";
    text += core;
    for (int i = depth - 1; i >= 0; --i)
        text += i % 2 == 0 ? '}' : ']';
    return text;
}

BOOST_AUTO_TEST_SUITE(json_skim)

BOOST_AUTO_TEST_CASE(wanted_values_are_found_at_any_depth_and_nothing_else)
{
    check_lines(
        {{1, {"kind"}}, {2, {"metadata", "name"}}, {3, {"a", "b", "c", "d", "e"}}},
        R"({"kind":"X","name":"no","metadata":{"kind":"no","name":"n","other":{"name":"no"}},)"
        R"("a":{"e":1,"b":{"c":{"d":{"d":2,"e":"deep"}}}},"spec":{"metadata":{"name":"no"}}})",
        {"1=X", "2=n", "3=deep", "."}
    );
}

BOOST_AUTO_TEST_CASE(a_place_and_a_place_below_it_are_both_wanted)
{
    check_lines(
        {{1, {"owner"}}, {2, {"owner", "uid"}}},
        R"({"owner":{"uid":"u"}}{"owner":"text"})",
        {"+1", "2=u", "-1", ".", "1=text", "."}
    );
}

BOOST_AUTO_TEST_CASE(a_star_reports_the_key_that_it_matched)
{
    check_lines(
        {{50, {"labels", "*"}}, {51, {"two", "*", "*"}}, {52, {"mixed", "*", "v"}}},
        R"({"labels":{"a/b.c":"1","":"empty key","d":"","e":{"f":"no"}},)"
        R"("two":{"x":{"y":"z"}},"mixed":{"k1":{"w":0,"v":1},"k2":{"v":2}}})",
        {"50[a/b.c]=1", "50[]=empty key", "50[d]=", "+50", "-50", "51[y]=z", "52[k1]=1", "52[k2]=2", "."}
    );
}

BOOST_AUTO_TEST_CASE(a_named_key_has_precedence_over_a_star)
{
    check_lines(
        {{50, {"m", "*"}}, {1, {"m", "named"}}},
        R"({"m":{"a":"1","named":"2","b":"3"}})",
        {"50[a]=1", "1=2", "50[b]=3", "."}
    );
}

BOOST_AUTO_TEST_CASE(elements_of_arrays_are_reported_one_by_one)
{
    check_lines(
        {{1, {"list", "[]"}}, {2, {"objects", "[]", "name"}}, {3, {"rows", "[]", "[]"}}},
        R"({"list":["a","b",3,null,true,"b"],"objects":[{"name":"x"},{},{"other":"no","name":"y"},"text"],)"
        R"("rows":[["1","2"],[],["3",{"name":"no"}]]})",
        {"1=a", "1=b", "1=3", "1=true", "1=b", "2=x", "2=y", "3=1", "3=2", "3=3", "+3", "-3", "."}
    );
}

BOOST_AUTO_TEST_CASE(objects_and_arrays_at_wanted_places_open_and_close)
{
    check_lines(
        {{1, {"items"}}, {2, {"items", "[]"}}, {3, {"items", "[]", "name"}}, {4, {"items", "[]", "refs"}}},
        R"({"items":[{"name":"a","refs":[1,2]},{"refs":{},"name":"b"},[]]})",
        {"+1", "+2", "3=a", "+4", "-4", "-2", "+2", "+4", "-4", "3=b", "-2", "+2", "-2", "-1", "."}
    );
}

BOOST_AUTO_TEST_CASE(a_root_that_is_an_array_or_a_wanted_value)
{
    check_lines({{1, {"[]"}}}, R"(["a",["b"],"c"])", {"1=a", "+1", "-1", "1=c", "."});
    check_lines({{1, {}}}, R"("text")", {"1=text", "."});
    check_lines({{1, {}}, {2, {"a"}}}, R"({"a":1})", {"+1", "2=1", "-1", "."});
    check_lines({{1, {"a"}}}, R"("text"[{"a":1}]{"a":2})", {".", ".", "1=2", "."});
}

BOOST_AUTO_TEST_CASE(a_path_that_the_document_does_not_follow_finds_nothing)
{
    std::vector<kube::skim_path> const paths{
        {1, {"metadata", "name"}}, {2, {"items", "[]"}}, {50, {"labels", "*"}}};
    check_lines(paths, R"({"metadata":"name","items":{"[]":"x","0":"y"},"labels":["*",{"a":"b"}]})", {"."});
    check_lines(paths, R"({"metadata":[{"name":"x"}],"items":"x","labels":7})", {"."});
    check_lines(paths, "{}", {"."});
}

BOOST_AUTO_TEST_CASE(a_string_wanted_in_pieces_is_delivered_completely)
{
    std::vector<kube::skim_path> const paths{{1, {"data", "x"}, true}, {2, {"after"}}};
    check_lines(
        paths, R"({"data":{"x":"AAAA\n\"B\u00e9\/+=="},"after":"y"})", {"1:AAAA\n\"Bé/+==", "2=y", "."}
    );
    check_lines(paths, R"({"data":{"x":"","y":"no"}})", {"1:", "."});
    check_lines(paths, R"({"data":{"x":null}})", {"."});
}

BOOST_AUTO_TEST_CASE(a_string_wanted_in_pieces_is_never_collected)
{
    kube::skim_tree const tree({{1, {"x"}, true}});
    recorder seen;
    kube::json_skimmer skimmer(tree, seen);
    BOOST_TEST(!skimmer.feed("{\"x\":\""));
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(!skimmer.feed("0123456789"));
    BOOST_TEST(!skimmer.feed("\"}"));
    BOOST_TEST(seen.lines.size() == 2u);
    BOOST_TEST(seen.lines.front().size() == 2u + 1000u);
    BOOST_TEST(seen.pieces >= 100u);
    BOOST_TEST(seen.longest_piece <= 10u);
}

BOOST_AUTO_TEST_CASE(null_is_not_reported_as_a_value)
{
    check_lines(
        {{1, {"a"}}, {2, {"b", "c"}}, {3, {"items", "[]"}}, {4, {"z"}}},
        R"({"a":null,"b":null,"items":null,"z":"null"}{"a":1,"b":{"c":null},"items":[null]})",
        {"4=null", ".", "1=1", "."}
    );
}

BOOST_AUTO_TEST_CASE(escapes_and_surrogates_are_resolved_in_values_and_keys)
{
    std::vector<kube::skim_path> const paths{{1, {"name"}}, {50, {"labels", "*"}}};
    check_lines(
        paths,
        R"({"name":"q\"b\\s\/\b\f\n\r\t\u0041\u00e9\u4f60\ud83d\ude00 é你😀\u003c"})",
        {"1=q\"b\\s/\b\f\n\r\tAé你😀 é你😀<", "."}
    );
    check_lines(paths, R"({"na\u006de":"by escape"})", {"1=by escape", "."});
    check_lines(paths, R"({"labels":{"\u006b\"\\":"v","😀":"w"}})", {"50[k\"\\]=v", "50[😀]=w", "."});
    check_lines(paths, "{\"name\":\"a\\u0000b\"}", {"1=" + std::string("a\0b", 3), "."});
}

BOOST_AUTO_TEST_CASE(numbers_and_booleans_are_reported_as_written)
{
    check_lines(
        {{1, {"[]"}}},
        "[0,-0,-1,410,18446744073709551615,9223372036854775808,1.50,1e3,-2.5E-7,true,false]",
        {"1=0",
         "1=-0",
         "1=-1",
         "1=410",
         "1=18446744073709551615",
         "1=9223372036854775808",
         "1=1.50",
         "1=1e3",
         "1=-2.5E-7",
         "1=true",
         "1=false",
         "."}
    );
}

BOOST_AUTO_TEST_CASE(an_unwanted_number_does_not_leak_into_the_next_value)
{
    check_lines(
        {{1, {"b"}}, {2, {"c"}}},
        R"({"a":12345.678,"b":"text","x":[1,2,{"y":3}],"c":4})",
        {"1=text", "2=4", "."}
    );
}

BOOST_AUTO_TEST_CASE(wanted_names_in_an_unwanted_subtree_are_ignored)
{
    check_lines(
        {{1, {"metadata", "name"}}, {2, {"type"}}},
        R"({"metadata":{"managedFields":[{"fieldsV1":{"f:metadata":{"name":"no",".":{}}},)"
        R"("metadata":{"name":"no"}}],)"
        R"("name":"yes"},"status":{"type":"no"},"type":"t"})",
        {"1=yes", "2=t", "."}
    );
}

BOOST_AUTO_TEST_CASE(a_deep_unwanted_subtree_is_skipped)
{
    std::vector<kube::skim_path> const paths{{1, {"name"}}};
    auto const text = "{\"deep\":" + nested(90, "1") + ",\"name\":\"n\"}";
    auto const seen = skim(paths, {text + text});
    BOOST_TEST(seen.lines == (strings{"1=n", ".", "1=n", "."}));
    BOOST_TEST(!seen.failure);
    BOOST_TEST(skim(paths, bytes_of(text)).lines == (strings{"1=n", "."}));
}

BOOST_AUTO_TEST_CASE(depth_has_no_limit)
{
    constexpr int depth = 10'000;
    auto const skipped = "{\"deep\":" + nested(depth, "1") + ",\"name\":\"n\"}";
    for (std::size_t const length : {std::size_t(1), std::size_t(4096), skipped.size()})
        BOOST_TEST(skim({{1, {"name"}}}, cut(skipped, length)).lines == (strings{"1=n", "."}));

    // The nested arrays are elements of an array whose elements are wanted.
    auto const wanted = "{\"list\":" + std::string(depth, '[') + std::string(depth, ']') + ",\"name\":\"n\"}";
    for (std::size_t const length : {std::size_t(1), std::size_t(4096), wanted.size()})
        BOOST_TEST(
            skim({{1, {"name"}}, {2, {"list", "[]"}}, {3, {"list", "[]", "[]", "x"}}}, cut(wanted, length))
                .lines == (strings{"+2", "-2", "1=n", "."})
        );
}

BOOST_AUTO_TEST_CASE(a_wanted_place_may_be_deeply_nested)
{
    std::vector<std::string> way;
    for (int i = 0; i < 80; ++i)
        way.push_back(i % 2 == 0 ? "f:x" : "[]");
    auto const text = nested(80, "\"core\"");
    BOOST_TEST(skim({{1, way}}, {text}).lines == (strings{"1=core", "."}));
    BOOST_TEST(skim({{1, way}}, bytes_of(text)).lines == (strings{"1=core", "."}));
}

BOOST_AUTO_TEST_CASE(documents_are_read_with_and_without_newlines_between)
{
    std::vector<kube::skim_path> const paths{{1, {"a"}}};
    check_lines(paths, R"({"a":1}{"a":2}{"b":0}{"a":3})", {"1=1", ".", "1=2", ".", ".", "1=3", "."});
    check_lines(paths, "{\"a\":1}\n{\"a\":2}\n", {"1=1", ".", "1=2", "."});
    check_lines(paths, " \r\n\t{\"a\":1}\r\n\n  {\"a\":2} \n\n", {"1=1", ".", "1=2", "."});
    check_lines(paths, "{\n  \"a\" : \"x\"\n}\n[]\n\"s\"\n{}\n", {"1=x", ".", ".", ".", "."});
    check_lines(paths, " \n\n ", {});
    check_lines(paths, "", {});
}

BOOST_AUTO_TEST_CASE(a_document_is_reported_at_its_last_byte)
{
    auto const seen = skim({{1, {"a"}}}, {"{\"a\":1", "}"});
    BOOST_TEST(seen.lines == (strings{"1=1", "."}));
    BOOST_TEST(seen.between);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_json_are_refused)
{
    check_refused("garbage");
    check_refused("404 page not found\n");
    check_refused("<html>");
    check_refused("{]");
    check_refused("{\"a\":1,}");
    check_refused("{\"a\" 1}");
    check_refused("{a:1}");
    check_refused("{\"a\":01}");
    check_refused("{\"a\":nul}");
    check_refused("{\"a\":-}");
    check_refused("{\"a\":1.}");
    check_refused("{\"a\":1e+}");
    check_refused("{\"b\":+1}");
    check_refused("\xef\xbb\xbf{\"a\":1}");
    check_refused(std::string("{\"a\":1,\0\"b\":2}", 14));
    check_refused(std::string(1, '\0'));
    check_refused("{\"a\":,}");
    check_refused("{,}");
    check_refused("[1,]");
    check_refused("{\"a\"}");
    check_refused("]");
    check_refused("{\"a\":\"x\"]");
    check_refused("/* c */ {}");
    check_refused("{\"a\":1}}");
    check_refused("{\"a\":1} x");
}

BOOST_AUTO_TEST_CASE(documents_before_garbage_are_reported)
{
    auto const seen = skim({{1, {"a"}}}, {"{\"a\":1}\n{\"a\":2}garbage{\"a\":3}"});
    BOOST_TEST(seen.failure == kube::errc::bad_answer);
    BOOST_TEST(seen.lines == (strings{"1=1", ".", "1=2", "."}));
}

BOOST_AUTO_TEST_CASE(a_truncated_document_is_not_reported)
{
    std::string const text = R"({"b":{"a":[1,{"c":"d"}]},"a":"x"})";
    for (std::size_t length = 1; length < text.size(); ++length)
    {
        auto const seen = skim({{1, {"a"}}}, {text.substr(0, length)});
        BOOST_TEST(!seen.failure);
        BOOST_TEST(!seen.between);
        BOOST_TEST(std::count(seen.lines.begin(), seen.lines.end(), ".") == 0);
    }
}

// Input that a tenant can control.

BOOST_AUTO_TEST_CASE(a_skipped_value_is_checked_for_strings_and_depth_only)
{
    std::vector<kube::skim_path> const paths{{1, {"name"}}};
    auto const check_skipped = [&](std::string const& skipped)
    {
        check_lines(paths, "{\"x\":" + skipped + ",\"name\":\"n\"}", {"1=n", "."});
        check_lines(paths, "{\"x\":[" + skipped + "],\"name\":\"n\"}", {"1=n", "."});
    };
    check_skipped("{\"f:\xff\":{}}");
    check_skipped("\"\xff\xfe\xc3\x28\"");
    check_skipped(R"("\ud800")");
    check_skipped(R"("\ud800\"")");
    check_skipped(R"("\x\u12")");
    check_skipped(R"("\\")");
    check_skipped(R"({"a\\":"\"}]{[","]}":"\\\""})");
    check_skipped("\"line\nbreak\"");
    check_skipped(std::string("\"a\0b\"", 5));
    check_skipped("\"" + std::string(1'000, '\\') + "\"");
    check_skipped("{\"x\":[{},[],{\"y\":[[]]}]}");
    check_skipped("{\"\":{\"\":\"\"}}");
}

BOOST_AUTO_TEST_CASE(an_unreadable_string_is_reported_and_the_rest_is_read)
{
    std::vector<kube::skim_path> const paths{{1, {"a"}}, {2, {"b"}}};
    auto const check_unreadable = [&](std::string const& text, std::string const& problem)
    {
        auto const document = "{\"a\":\"" + text + "\",\"b\":\"after\"}";
        check_lines(
            paths, document + document, {"1 " + problem, "2=after", ".", "1 " + problem, "2=after", "."}
        );
    };
    for (std::string_view const broken :
         {"\xff",
          "\xc3\x28",
          "x\x80",
          "\xc0\xaf",
          "\xe0\x80\xaf",
          "\xed\xa0\x80",
          "\xf0\x80\x80\xaf",
          "\xf4\x90\x80\x80",
          "\xf8\x88\x80\x80\x80",
          "\xe4\xbd",
          "\xe4\xbd\\u0041",
          "\\u00e4\xbd"})
        check_unreadable("ok" + std::string(broken), "is not UTF-8");
    for (std::string_view const broken :
         {R"(\ud800)",
          R"(\ud800x)",
          R"(\ud800\n)",
          R"(\ud800\u0041)",
          R"(\ud800\ud800)",
          R"(\udc00)",
          R"(\udc00\ud800)"})
        check_unreadable(std::string(broken), "has half of a surrogate pair");
    check_unreadable(R"(\x)", "has an invalid escape");
    check_unreadable(R"(\u00g0)", "has an invalid escape");
    check_unreadable(R"(\u12)", "has an invalid escape");
    check_unreadable("a\nb", "has a control character");
    check_unreadable(std::string("a\0b", 3), "has a control character");
    check_unreadable(std::string(kube::default_max_bytes + 1, 'x'), "is too long");
}

BOOST_AUTO_TEST_CASE(the_limit_of_a_value_counts_decoded_bytes)
{
    std::vector<kube::skim_path> const paths{{1, {"a"}, false, 4}, {2, {"n"}, false, 4}, {3, {"p"}, true, 4}};
    check_lines(paths, R"({"a":"1234","n":1234,"p":"12345"})", {"1=1234", "2=1234", "3:12345", "."});
    check_lines(paths, R"({"a":"\u00e9\u00e9","n":-123})", {"1=éé", "2=-123", "."});
    check_lines(paths, R"({"a":"\ud83d\ude00"})", {"1=😀", "."});
    check_lines(paths, R"({"a":"12345","n":12345})", {"1 is too long", "2 is too long", "."});
    check_lines(paths, R"({"a":"\u00e9\u00e9\n"})", {"1 is too long", "."});
    check_lines(paths, R"({"a":"123\u00e9","n":1.5e3})", {"1 is too long", "2 is too long", "."});
    check_lines(paths, R"({"a":"éé1","n":0})", {"1 is too long", "2=0", "."});
}

BOOST_AUTO_TEST_CASE(an_unreadable_string_in_pieces_is_delivered_up_to_the_error)
{
    std::vector<kube::skim_path> const paths{{1, {"p"}, true}, {2, {"b"}}};
    auto const check_broken = [&](std::string const& text, std::string const& good, std::string const& problem
                              ) {
        check_lines(paths, "{\"p\":\"" + text + "\",\"b\":1}", {"1:" + good, "1 " + problem, "2=1", "."});
    };
    check_broken(
        "xy\xff"
        "z",
        "xy",
        "is not UTF-8"
    );
    check_broken("x\xe4", "x\xe4", "is not UTF-8");
    check_broken("x\\ud800z", "x", "has half of a surrogate pair");
    check_broken("x\\qz", "x", "has an invalid escape");
    check_broken("x\nz", "x", "has a control character");
    check_broken(std::string(600, 'x') + "\xff", std::string(600, 'x'), "is not UTF-8");
}

BOOST_AUTO_TEST_CASE(megabytes_of_escapes_are_read)
{
    constexpr std::size_t characters = 1'480'000;
    std::string angles;
    for (std::size_t i = 0; i < characters; ++i)
        angles += "\\u003c";
    auto const check = [&](std::vector<kube::skim_path> const& paths, strings const& expected)
    {
        auto const text = "{\"x\":\"" + angles + "\",\"b\":\"n\"}";
        for (std::size_t const length : {std::size_t(1000), std::size_t(16384), text.size()})
        {
            auto const seen = skim(paths, cut(text, length));
            BOOST_TEST((seen.lines == expected));
            BOOST_TEST(!seen.failure);
        }
    };
    check({{2, {"b"}}}, {"2=n", "."});
    check({{1, {"x"}}, {2, {"b"}}}, {"1 is too long", "2=n", "."});
    check({{1, {"x"}, false, characters}, {2, {"b"}}}, {"1=" + std::string(characters, '<'), "2=n", "."});
    check({{1, {"x"}, true}, {2, {"b"}}}, {"1:" + std::string(characters, '<'), "2=n", "."});
}

BOOST_AUTO_TEST_CASE(megabytes_of_keys_are_read)
{
    std::string const key(1'000'000, 'k');
    auto const text =
        "{\"" + key + "\":1,\"labels\":{\"" + key + "\":\"v\",\"\\u006b" + key + "\":{\"x\":1},\"a\":\"b\"}}";
    for (std::size_t const length : {std::size_t(4096), text.size()})
    {
        BOOST_TEST((skim({{1, {"labels", "a"}}}, cut(text, length)).lines == strings{"1=b", "."}));
        BOOST_TEST(
            (skim({{50, {"labels", "*"}}}, cut(text, length)).lines ==
             strings{"50 is too long", "50 is too long", "50[a]=b", "."})
        );
    }
}

BOOST_AUTO_TEST_CASE(an_unreadable_key_hides_only_its_own_value)
{
    std::vector<kube::skim_path> const paths{{50, {"m", "*"}}, {1, {"n"}}, {52, {"o", "*", "v"}}};
    check_lines(
        paths, "{\"m\":{\"\xff\":\"1\",\"k\":\"2\"},\"n\":3}", {"50 is not UTF-8", "50[k]=2", "1=3", "."}
    );
    check_lines(paths, R"({"m":{"\ud800":{"n":1}},"n":3})", {"50 has half of a surrogate pair", "1=3", "."});
    check_lines(
        paths, "{\"o\":{\"a\nb\":{\"v\":1},\"c\":{\"v\":2}}}", {"52 has a control character", "52[c]=2", "."}
    );
    // If the paths contain no "*", an unreadable key is only a key that does not match.
    check_lines({{1, {"n"}}}, "{\"\xff\":1,\"\\ud800\":2,\"a\nb\":3,\"\\x\":4,\"n\":5}", {"1=5", "."});
}

BOOST_AUTO_TEST_CASE(kilobytes_of_digits_are_read)
{
    std::string const digits(10'000, '7');
    std::vector<kube::skim_path> const paths{{1, {"a"}}, {2, {"b"}}};
    for (std::size_t const length : {1u, 7u, 4096u, 20'000u})
    {
        BOOST_TEST(
            (skim(paths, cut("{\"a\":" + digits + ",\"b\":1}", length)).lines ==
             strings{"1 is too long", "2=1", "."})
        );
        BOOST_TEST(
            (skim(paths, cut("{\"x\":-1." + digits + "e5,\"b\":1}", length)).lines == strings{"2=1", "."})
        );
    }
}

BOOST_AUTO_TEST_CASE(duplicate_and_empty_keys_are_read)
{
    check_lines(
        {{1, {"a"}}, {2, {""}}, {3, {"m", "n"}}},
        R"({"a":"x","a":"y","":"e","m":{"n":1},"m":{"n":2},"m":3})",
        {"1=x", "1=y", "2=e", "3=1", "3=2", "."}
    );
}

BOOST_AUTO_TEST_CASE(length_has_no_limit)
{
    kube::skim_tree const tree({{1, {"a"}}});
    recorder seen;
    kube::json_skimmer skimmer(tree, seen);
    BOOST_TEST(!skimmer.feed("{\"b\":[\""));
    std::string const much(1 << 20, 'x');
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(!skimmer.feed(much));
    BOOST_TEST(!skimmer.feed("\"],\"a\":1}"));
    BOOST_TEST(seen.lines == (strings{"1=1", "."}));
}

/// Documents are pseudo-random, and many are invalid. The result must not depend on the pieces.
BOOST_AUTO_TEST_CASE(random_bytes_give_the_same_result_whole_and_in_pieces)
{
    std::vector<kube::skim_path> const paths{
        {1, {"a"}, false, 6}, {2, {"b"}, true}, {3, {"c", "[]"}}, {54, {"d", "*"}}, {5, {"c", "[]", "a"}}};
    constexpr std::string_view parts[] = {
        "{",       "}",        "[",  "]",     "\"",      ":",       ",",  "\"a\":",      "\"b\":", "\"c\":[",
        "\"d\":{", "\"x\":",   "\\", "\\u00", "\\ud83d", "\\ude00", "1",  "-0.5e",       "true",   "null",
        "\xff",    "\xc3\xa9", " ",  "\n",    "\"a\"",   "{}",      "[]", "longer text", "\"\"",   "e"};
    std::minstd_rand random(1);
    for (int round = 0; round < 5'000; ++round)
    {
        std::string text = "{";
        for (auto left = random() % 24; left > 0; --left)
            text += parts[random() % std::size(parts)];
        auto const whole = skim(paths, {text});
        for (std::size_t const length : {1, 2, 3, 7})
        {
            auto const pieces = skim(paths, cut(text, length));
            BOOST_TEST_REQUIRE((pieces.lines == whole.lines), length << ": " << text);
            BOOST_TEST_REQUIRE((pieces.failure == whole.failure), length << ": " << text);
        }
    }
}

BOOST_AUTO_TEST_CASE(reset_discards_an_unfinished_document_at_any_byte)
{
    kube::skim_tree const tree({{1, {"a", "name"}}, {2, {"b"}}, {3, {"list", "[]"}}, {4, {"p"}, true}});
    // Some cuts are within a key, a wanted string, a number, an array, a skipped value, an escape, a literal
    // or a string that the skimmer reports in pieces.
    std::string const text =
        R"({"a":{"name":"v\u00e9"},"x":{"y":[{"z":"u"}]},"b":12,"list":["q"],"p":"pi","t":true})";
    for (std::size_t cut = 1; cut < text.size(); ++cut)
    {
        recorder seen;
        kube::json_skimmer skimmer(tree, seen);
        BOOST_TEST(!skimmer.feed(std::string_view(text).substr(0, cut)));
        skimmer.reset();
        BOOST_TEST(skimmer.between_documents());
        seen.lines.clear();
        seen.pending.clear();
        BOOST_TEST(!skimmer.feed(text));
        BOOST_TEST(seen.lines == (strings{"1=vé", "2=12", "3=q", "4:pi", "."}), "cut at " << cut);
    }
}

BOOST_AUTO_TEST_CASE(after_an_error_only_reset_makes_the_skimmer_usable)
{
    kube::skim_tree const tree({{1, {"a"}}});
    recorder seen;
    kube::json_skimmer skimmer(tree, seen);
    BOOST_TEST(skimmer.feed("{\"a\":\"x\" garbage") == kube::errc::bad_answer);
    BOOST_TEST(skimmer.feed("{\"a\":1}") == kube::errc::bad_answer);
    skimmer.reset();
    seen.lines.clear();
    BOOST_TEST(!skimmer.feed("{\"a\":1}"));
    BOOST_TEST(seen.lines == (strings{"1=1", "."}));
    BOOST_TEST(!skimmer.feed("{\"b\":\"" + std::string(60, 'x')));
    skimmer.reset();
    BOOST_TEST(!skimmer.feed("{\"a\":2}"));
    BOOST_TEST(seen.lines == (strings{"1=1", ".", "1=2", "."}));
}

BOOST_AUTO_TEST_CASE(an_error_of_the_handler_ends_the_skim)
{
    kube::skim_tree const tree({{1, {"a"}}});
    recorder seen;
    seen.refusal = kube::errc::gone;
    kube::json_skimmer skimmer(tree, seen);
    BOOST_TEST(skimmer.feed("{\"a\":1}\n{\"a\":2}\n") == kube::errc::gone);
    BOOST_TEST(seen.lines == (strings{"1=1", "."}));
}

BOOST_AUTO_TEST_CASE(a_moved_skimmer_continues)
{
    kube::skim_tree const tree({{1, {"a"}}});
    recorder seen;
    kube::json_skimmer first(tree, seen);
    BOOST_TEST(!first.feed("{\"a\":\"ha"));
    kube::json_skimmer second(std::move(first));
    BOOST_TEST(!second.between_documents());
    BOOST_TEST(!second.feed("lf\"}"));
    BOOST_TEST(seen.lines == (strings{"1=half", "."}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
