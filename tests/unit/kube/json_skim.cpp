#include <tcr/kube/errc.hpp>
#include <tcr/kube/json_skim.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ostream>
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

/// Writes down what it is told, one line each; a string that came in pieces is one line too.
class recorder final : public kube::skim_handler
{
public:
    void on_value(int field, std::string_view key, std::string_view text) override
    {
        // The key means something only where the path has a "*": by our convention the fields from 50 on.
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

outcome skim(std::vector<kube::skim_path> const& paths, strings const& pieces, std::size_t limit = 100'000)
{
    kube::skim_tree const tree(paths);
    recorder seen;
    kube::json_skimmer skimmer(tree, seen, limit);
    outcome result;
    for (auto const& piece : pieces)
    {
        // A copy of its own size: reading past the end of a piece is then seen by the sanitizer.
        std::vector<char> const exact(piece.begin(), piece.end());
        result.failure = skimmer.feed({exact.data(), exact.size()});
        if (result.failure)
            break;
    }
    result.lines = std::move(seen.lines);
    result.between = skimmer.between_documents();
    return result;
}

strings bytes_of(std::string const& text)
{
    strings pieces;
    for (char c : text)
        pieces.emplace_back(1, c);
    return pieces;
}

/// The lines of `text`, which must be the same however it is cut.
void check_lines(std::vector<kube::skim_path> const& paths, std::string const& text, strings const& expected)
{
    auto const whole = skim(paths, {text});
    BOOST_TEST(whole.lines == expected, boost::test_tools::per_element());
    BOOST_TEST(!whole.failure);
    BOOST_TEST(whole.between);
    auto const single = skim(paths, bytes_of(text));
    BOOST_TEST(single.lines == expected, "byte by byte: " << text);
    BOOST_TEST(!single.failure);
    BOOST_TEST(single.between);
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
    {
        auto const halves = skim(paths, {text.substr(0, cut), text.substr(cut)});
        BOOST_TEST(halves.lines == expected, "cut at " << cut << ": " << text);
        BOOST_TEST(!halves.failure);
    }
}

/// `text` must be refused at the latest at its end, however it is cut.
void check_refused(std::string const& text)
{
    std::vector<kube::skim_path> const paths{{1, {"a"}}};
    BOOST_TEST(skim(paths, {text}).failure == kube::errc::bad_answer, text);
    BOOST_TEST(skim(paths, bytes_of(text)).failure == kube::errc::bad_answer, text);
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
        BOOST_TEST(
            skim(paths, {text.substr(0, cut), text.substr(cut)}).failure == kube::errc::bad_answer,
            text << " cut at " << cut
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

BOOST_AUTO_TEST_CASE(a_star_tells_which_key_it_matched)
{
    check_lines(
        {{50, {"labels", "*"}}, {51, {"two", "*", "*"}}, {52, {"mixed", "*", "v"}}},
        R"({"labels":{"a/b.c":"1","":"empty key","d":"","e":{"f":"no"}},)"
        R"("two":{"x":{"y":"z"}},"mixed":{"k1":{"w":0,"v":1},"k2":{"v":2}}})",
        {"50[a/b.c]=1", "50[]=empty key", "50[d]=", "+50", "-50", "51[y]=z", "52[k1]=1", "52[k2]=2", "."}
    );
}

BOOST_AUTO_TEST_CASE(a_named_key_goes_before_a_star)
{
    check_lines(
        {{50, {"m", "*"}}, {1, {"m", "named"}}},
        R"({"m":{"a":"1","named":"2","b":"3"}})",
        {"50[a]=1", "1=2", "50[b]=3", "."}
    );
}

BOOST_AUTO_TEST_CASE(elements_of_arrays_are_told_one_by_one)
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

BOOST_AUTO_TEST_CASE(a_string_wanted_in_pieces_is_handed_on_whole)
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
    kube::json_skimmer skimmer(tree, seen, 1'000'000);
    BOOST_TEST(!skimmer.feed("{\"x\":\""));
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(!skimmer.feed("0123456789"));
    BOOST_TEST(!skimmer.feed("\"}"));
    BOOST_TEST(seen.lines.size() == 2u);
    BOOST_TEST(seen.lines.front().size() == 2u + 1000u);
    BOOST_TEST(seen.pieces >= 100u);
    BOOST_TEST(seen.longest_piece <= 10u);
}

BOOST_AUTO_TEST_CASE(null_is_no_value)
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

BOOST_AUTO_TEST_CASE(numbers_and_booleans_come_as_the_document_writes_them)
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

BOOST_AUTO_TEST_CASE(an_unwanted_number_leaves_nothing_for_the_next_wanted_value)
{
    check_lines(
        {{1, {"b"}}, {2, {"c"}}},
        R"({"a":12345.678,"b":"text","x":[1,2,{"y":3}],"c":4})",
        {"1=text", "2=4", "."}
    );
}

BOOST_AUTO_TEST_CASE(an_unwanted_subtree_hides_the_wanted_names_in_it)
{
    check_lines(
        {{1, {"metadata", "name"}}, {2, {"type"}}},
        R"({"metadata":{"managedFields":[{"fieldsV1":{"f:metadata":{"name":"no",".":{}}},"metadata":{"name":"no"}}],)"
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

BOOST_AUTO_TEST_CASE(a_document_that_is_too_deep_is_refused)
{
    std::vector<kube::skim_path> const paths{{1, {"name"}}};
    auto const text = "{\"deep\":" + nested(200, "1") + ",\"name\":\"n\"}";
    BOOST_TEST(skim(paths, {text}).failure == kube::errc::bad_answer);
    BOOST_TEST(skim(paths, bytes_of(text)).failure == kube::errc::bad_answer);
    BOOST_TEST(skim(paths, {std::string(100'000, '[')}).failure == kube::errc::bad_answer);
}

BOOST_AUTO_TEST_CASE(a_wanted_place_may_lie_deep_itself)
{
    std::vector<std::string> way;
    for (int i = 0; i < 80; ++i)
        way.push_back(i % 2 == 0 ? "f:x" : "[]");
    auto const text = nested(80, "\"core\"");
    BOOST_TEST(skim({{1, way}}, {text}).lines == (strings{"1=core", "."}));
    BOOST_TEST(skim({{1, way}}, bytes_of(text)).lines == (strings{"1=core", "."}));
}

BOOST_AUTO_TEST_CASE(documents_follow_one_another_with_and_without_newlines)
{
    std::vector<kube::skim_path> const paths{{1, {"a"}}};
    check_lines(paths, R"({"a":1}{"a":2}{"b":0}{"a":3})", {"1=1", ".", "1=2", ".", ".", "1=3", "."});
    check_lines(paths, "{\"a\":1}\n{\"a\":2}\n", {"1=1", ".", "1=2", "."});
    check_lines(paths, " \r\n\t{\"a\":1}\r\n\n  {\"a\":2} \n\n", {"1=1", ".", "1=2", "."});
    check_lines(paths, "{\n  \"a\" : \"x\"\n}\n[]\n\"s\"\n{}\n", {"1=x", ".", ".", ".", "."});
    check_lines(paths, " \n\n ", {});
    check_lines(paths, "", {});
}

BOOST_AUTO_TEST_CASE(a_document_is_told_as_soon_as_its_last_byte_is_there)
{
    auto const seen = skim({{1, {"a"}}}, {"{\"a\":1", "}"});
    BOOST_TEST(seen.lines == (strings{"1=1", "."}));
    BOOST_TEST(seen.between);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_json_are_refused)
{
    check_refused("garbage");
    check_refused("404 page not found\n");
    check_refused("<html>");
    check_refused("{]");
    check_refused("{\"a\":1,}");
    check_refused("{\"a\" 1}");
    check_refused("{a:1}");
    check_refused("{\"a\":\"\\x\"}");
    check_refused("{\"a\":\"\n\"}");
    check_refused("{\"a\":\"\\ud83d\"}");
    check_refused("{\"a\":01}");
    check_refused("{\"a\":nul}");
    check_refused("{\"a\":\"\xff\xfe\"}");
    check_refused("{\"b\":\"\xc3\x28\"}");
    check_refused("/* c */ {}");
    check_refused("{\"a\":1}}");
    check_refused("{\"a\":1} x");
}

BOOST_AUTO_TEST_CASE(documents_before_garbage_are_told)
{
    auto const seen = skim({{1, {"a"}}}, {"{\"a\":1}\n{\"a\":2}garbage{\"a\":3}"});
    BOOST_TEST(seen.failure == kube::errc::bad_answer);
    BOOST_TEST(seen.lines == (strings{"1=1", ".", "1=2", "."}));
}

BOOST_AUTO_TEST_CASE(a_truncated_document_is_not_told)
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

BOOST_AUTO_TEST_CASE(a_document_over_the_limit_is_refused)
{
    std::vector<kube::skim_path> const paths{{1, {"a"}}};
    std::string const text = R"({"skipped":"0123456789","a":1})";
    BOOST_TEST(skim(paths, {text}, text.size() - 1).failure == kube::errc::bad_answer);
    BOOST_TEST(skim(paths, bytes_of(text), text.size() - 1).failure == kube::errc::bad_answer);
    // An endless string is stopped, though nothing of it is wanted.
    strings endless{"{\"b\":\""};
    for (int i = 0; i < 20; ++i)
        endless.push_back("0123456789");
    BOOST_TEST(skim(paths, endless, 100).failure == kube::errc::bad_answer);
}

BOOST_AUTO_TEST_CASE(the_limit_holds_for_each_document_not_for_their_sum)
{
    std::vector<kube::skim_path> const paths{{1, {"a"}}};
    std::string const text = R"({"skipped":"0123456789","a":1})";
    std::string many;
    for (int i = 0; i < 10; ++i)
        many += text;
    auto const whole = skim(paths, {many}, text.size());
    BOOST_TEST(!whole.failure);
    BOOST_TEST(whole.lines.size() == 20u);
    auto const single = skim(paths, bytes_of(many), text.size());
    BOOST_TEST(!single.failure);
    BOOST_TEST(single.lines.size() == 20u);
}

BOOST_AUTO_TEST_CASE(reset_forgets_an_unfinished_document_wherever_it_stopped)
{
    kube::skim_tree const tree({{1, {"a", "name"}}, {2, {"b"}}, {3, {"list", "[]"}}, {4, {"p"}, true}});
    // In a key, a wanted string, a number, an array, unwanted depths, an escape, a literal, a string in pieces.
    std::string const text =
        R"({"a":{"name":"v\u00e9"},"x":{"y":[{"z":"u"}]},"b":12,"list":["q"],"p":"pi","t":true})";
    for (std::size_t cut = 1; cut < text.size(); ++cut)
    {
        recorder seen;
        kube::json_skimmer skimmer(tree, seen, 1000);
        BOOST_TEST(!skimmer.feed(std::string_view(text).substr(0, cut)));
        skimmer.reset();
        BOOST_TEST(skimmer.between_documents());
        seen.lines.clear();
        seen.pending.clear();
        BOOST_TEST(!skimmer.feed(text));
        BOOST_TEST(seen.lines == (strings{"1=vé", "2=12", "3=q", "4:pi", "."}), "cut at " << cut);
    }
}

BOOST_AUTO_TEST_CASE(after_an_error_only_a_reset_makes_it_usable_again)
{
    kube::skim_tree const tree({{1, {"a"}}});
    recorder seen;
    kube::json_skimmer skimmer(tree, seen, 50);
    BOOST_TEST(skimmer.feed("{\"a\":\"x\" garbage") == kube::errc::bad_answer);
    BOOST_TEST(skimmer.feed("{\"a\":1}") == kube::errc::bad_answer);
    skimmer.reset();
    seen.lines.clear();
    BOOST_TEST(!skimmer.feed("{\"a\":1}"));
    BOOST_TEST(seen.lines == (strings{"1=1", "."}));
    BOOST_TEST(skimmer.feed("{\"b\":\"" + std::string(60, 'x')) == kube::errc::bad_answer);
    skimmer.reset();
    BOOST_TEST(!skimmer.feed("{\"a\":2}"));
    BOOST_TEST(seen.lines == (strings{"1=1", ".", "1=2", "."}));
}

BOOST_AUTO_TEST_CASE(an_error_of_the_handler_ends_the_skim_there)
{
    kube::skim_tree const tree({{1, {"a"}}});
    recorder seen;
    seen.refusal = kube::errc::gone;
    kube::json_skimmer skimmer(tree, seen, 1000);
    BOOST_TEST(skimmer.feed("{\"a\":1}\n{\"a\":2}\n") == kube::errc::gone);
    BOOST_TEST(seen.lines == (strings{"1=1", "."}));
}

BOOST_AUTO_TEST_CASE(a_moved_skimmer_goes_on_where_it_was)
{
    kube::skim_tree const tree({{1, {"a"}}});
    recorder seen;
    kube::json_skimmer first(tree, seen, 1000);
    BOOST_TEST(!first.feed("{\"a\":\"ha"));
    kube::json_skimmer second(std::move(first));
    BOOST_TEST(!second.between_documents());
    BOOST_TEST(!second.feed("lf\"}"));
    BOOST_TEST(seen.lines == (strings{"1=half", "."}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
