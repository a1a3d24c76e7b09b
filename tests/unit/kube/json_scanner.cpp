// The scanner below json_skimmer takes and refuses the same texts as Boost.JSON, which is known to be right.

#include <tcr/kube/json_skim.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <vector>

namespace
{

namespace json = boost::json;
namespace kube = tcr::kube;

/// Collects the strings at "a", below any number of arrays' elements and keys up to the second level.
class collector final : public kube::skim_handler
{
public:
    void on_value(int, std::string_view, std::string_view text) override { found.emplace_back(text); }
    boost::system::error_code on_document() override
    {
        ++documents;
        return {};
    }

    std::vector<std::string> found;
    int documents = 0;
};

struct seen
{
    bool is_document = false;
    std::vector<std::string> found;
    bool operator==(seen const&) const = default;
};

std::ostream& operator<<(std::ostream& out, seen const& s)
{
    out << (s.is_document ? "a document" : "no document");
    for (auto const& each : s.found)
        out << " [" << each << "]";
    return out;
}

seen by_skimmer(std::string const& text, std::size_t step)
{
    kube::skim_tree const tree({{1, {"a"}}, {2, {"b", "[]"}}, {3, {"b", "[]", "a"}}});
    collector into;
    kube::json_skimmer skimmer(tree, into, 1'000'000);
    auto const whole = text + "\n";  // which ends a number
    bool failed = false;
    for (std::size_t at = 0; at < whole.size() && !failed; at += step)
        failed = skimmer.feed(std::string_view(whole).substr(at, step)).failed();
    bool const is_document = !failed && into.documents == 1 && skimmer.between_documents();
    return {is_document, is_document ? into.found : std::vector<std::string>()};
}

void add_text(json::value const& value, std::vector<std::string>& found)
{
    if (value.is_string())
        found.emplace_back(value.get_string().c_str(), value.get_string().size());
    else if (value.is_bool())
        found.emplace_back(value.get_bool() ? "true" : "false");
}

seen by_boost(std::string const& text)
{
    json::parse_options options;
    options.max_depth = 96;
    boost::system::error_code ec;
    auto const value = json::parse(text, ec, {}, options);
    seen result{!ec, {}};
    auto const* object = ec ? nullptr : value.if_object();
    if (object == nullptr)
        return result;
    for (auto const& [key, member] : *object)
        if (key == "a")
            add_text(member, result.found);
        else if (key == "b" && member.is_array())
            for (auto const& element : member.get_array())
            {
                add_text(element, result.found);
                if (element.is_object() && element.get_object().contains("a"))
                    add_text(element.at("a"), result.found);
            }
    return result;
}

/// Texts without a number at a wanted place and without a key twice, which a tree of values tells otherwise.
std::vector<std::string> const& texts()
{
    static std::vector<std::string> const all{
        R"({"a":"x\u00e9\ud83d\ude00 é你😀\n","c":[1,-2.5e+7,0,0.1,{"d":null}],"b":["q",{"a":"y"},true]})",
        R"({"metadata":{"managedFields":[{"manager":"k","fieldsV1":{"f:x":{".":{},"k:{\"n\":1}":{}}}}]},"a":"v"})",
        R"([ {"a" : "b"} , [ ] , { } , "\\\"\/\b\f\n\r\t" , -0 , 1E2 , false ])",
        R"("text \u4f60")",
        "true",
        "null",
        "-12.5e-3",
    };
    return all;
}

BOOST_AUTO_TEST_SUITE(json_scanning)

BOOST_AUTO_TEST_CASE(good_texts_are_read_as_boost_reads_them)
{
    for (auto const& text : texts())
    {
        BOOST_TEST(by_boost(text).is_document);
        for (std::size_t step : {1u, 2u, 3u, 7u, 1000u})
            BOOST_TEST(by_skimmer(text, step) == by_boost(text), text << " in steps of " << step);
    }
}

BOOST_AUTO_TEST_CASE(texts_changed_at_random_are_taken_or_refused_as_boost_does)
{
    constexpr std::string_view bytes =
        "{}[]\":,\\u0123dDaeE+-. \n\t\x01\x80\xbf\xc3\xe0\xed\xf0\xff/nulltruefalse";
    std::minstd_rand random(20261126);
    auto const below = [&](std::size_t limit) { return random() % limit; };
    std::size_t taken = 0;
    for (int tries = 0; tries < 40'000; ++tries)
    {
        auto text = texts()[below(texts().size())];
        for (auto changes = 1 + below(3); changes > 0 && !text.empty(); --changes)
        {
            auto const at = below(text.size());
            if (auto const how = below(4); how == 0)
                text.erase(at, 1 + below(4));
            else if (how == 1)
                text.insert(at, 1, bytes[below(bytes.size())]);
            else if (how == 2)
                text[at] = bytes[below(bytes.size())];
            else
                text.insert(at, text.substr(below(text.size()), below(8)));
        }
        auto const expected = by_boost(text);
        // A number at a wanted place, or a key twice, is told as the document has it.
        auto const actual = by_skimmer(text, 1 + below(9));
        BOOST_TEST_REQUIRE(actual.is_document == expected.is_document, "of: " << text);
        taken += expected.is_document ? 1 : 0;
    }
    BOOST_TEST(taken > 1000u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
