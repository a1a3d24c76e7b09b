// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/yaml.hpp>

#include <boost/test/unit_test.hpp>

namespace yaml_test
{

using namespace tcr;

std::string times(std::size_t count, std::string_view piece)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += piece;
    return text;
}

std::string filled(std::size_t bytes, std::string_view piece)
{
    return times(bytes / piece.size(), piece);
}

/// The problem that the reader reports, as "LINE MESSAGE"; empty if the text is valid.
std::string problem(
    std::string const& text,
    yaml_documents how_many = yaml_documents::one,
    yaml_budget const& budget = yaml_budget()
)
{
    auto const file = parse_yaml(text, how_many, budget);
    return file.problem ? std::to_string(file.problem->line) + " " + file.problem->message : "";
}

constexpr std::size_t mebibyte = 1 << 20;

BOOST_AUTO_TEST_SUITE(yaml)

BOOST_AUTO_TEST_CASE(values_have_their_type_and_line)
{
    using kind = yaml_value::kind;
    auto const file = parse_yaml("# c\na: 1\nb: [yes, ~, \"1\"]\nc:\n  d: x\n", yaml_documents::one);
    BOOST_TEST(!file.problem);
    auto const* root = file.root();
    BOOST_REQUIRE(root != nullptr);
    BOOST_TEST(root->line == 2u);
    BOOST_TEST((root->find("a")->what == kind::number));
    auto const& list = *root->find("b");
    BOOST_REQUIRE(list.items.size() == 3u);
    BOOST_TEST((list.items[0].value->what == kind::boolean));
    BOOST_TEST((list.items[1].value->what == kind::null));
    BOOST_TEST((list.items[2].value->what == kind::text));
    BOOST_TEST(root->find("c")->find("d")->text == "x");
    BOOST_TEST(root->find("c")->line == 5u);
    BOOST_TEST(root->find("e") == nullptr);
}

BOOST_AUTO_TEST_CASE(text_without_a_value_has_no_root_and_no_problem)
{
    for (auto const* text :
         {"", "\n \n", "# comment\n", "---\n", "--- \n# nothing\n...\n", "\xef\xbb\xbf", "~\n"})
    {
        auto const file = parse_yaml(text, yaml_documents::one);
        BOOST_TEST(!file.problem, text);
        BOOST_TEST(file.root() == nullptr, text);
    }
}

BOOST_AUTO_TEST_CASE(text_that_belongs_to_no_document_is_refused_at_its_line)
{
    // For text that begins with ',', yaml-cpp 0.7 reports an endless sequence of empty documents.
    std::pair<std::string, std::string> const cases[] = {
        {",\n", "1 is not YAML: no value begins with this character; correct it there"},
        {"# c\n\n,\n", "3 is not YAML: no value begins with this character; correct it there"},
        {"{\"hosts\":[{\"domain\":\"a.example.com\",\"ip\":\"10.0.0.1\"}]},\n",
         "1 is not YAML: text follows the value; correct it there"},
        {"a: 1\n,\n", "2 is not YAML: "},
        {"[a]\n[b]\n", "2 is not YAML: text follows the value; correct it there"},
        {"%\n", "1 is not YAML: no document begins there; correct it there"},
        {"\n%YAML 1.2\n", "2 is not YAML: no document begins there; correct it there"},
        {"---\n# made by ops\n---\ninstances: []\n", "3 a second document; remove the line '---' there"},
        {"a: 1\n---\n", "2 a second document; remove the line '---' there"},
        {"]", "1 is not YAML: illegal flow end; correct it there"},
    };
    for (auto const& [text, expected] : cases)
        BOOST_TEST(problem(text).starts_with(expected), text << " -> " << problem(text));
    BOOST_TEST(problem(",\n", yaml_documents::several).starts_with("1 is not YAML: no value begins"));
    BOOST_TEST(problem("{a: b},\n", yaml_documents::several).starts_with("1 is not YAML: no value begins"));
    BOOST_TEST(problem("a: 1\n---\nb: 2\n", yaml_documents::several) == "");
    BOOST_TEST(parse_yaml("{\"a\":1}\n{\"a\":2}", yaml_documents::several).documents.size() == 2u);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_refused)
{
    BOOST_TEST(problem("a: b\n\xff") == "2 is not UTF-8 text");
    BOOST_TEST(problem(std::string("a\0", 2)).starts_with("1 holds a control character"));
}

BOOST_AUTO_TEST_CASE(hostile_files_of_a_mebibyte_are_refused_before_they_are_read_whole)
{
    auto const* const brackets =
        "1 holds too many brackets, quotes and commas in one value; write one entry per line";
    for (auto const* piece :
         {"[",
          "{",
          "&a *a ",
          "[1,",
          "\"\" ",
          "&a ",
          "!t ",
          "[[1,",
          "{a: ",
          "'' ",
          "[? ",
          "*a ",
          "[\n",
          "{\n"})
    {
        auto const file = parse_yaml(filled(mebibyte, piece), yaml_documents::one);
        BOOST_TEST_REQUIRE(file.problem.has_value(), piece);
        BOOST_TEST(
            std::to_string(file.problem->line) + " " + file.problem->message == brackets,
            piece << " -> " << file.problem->message
        );
        BOOST_TEST(file.values.size() < 100u, piece);
        BOOST_TEST(file.documents.empty(), piece);
    }
    for (auto const* piece : {"- ", "? "})
    {
        BOOST_TEST(
            problem(filled(mebibyte, piece)) == "1 is nested more than 64 deep; reduce the nesting", piece
        );
        BOOST_TEST(parse_yaml(filled(mebibyte, piece), yaml_documents::one).values.size() == 64u, piece);
    }
    for (auto const* piece :
         {"---\n", "...\n---\n", "%\n", "[\n---\n", "[\n...\n", "[\n%\n", "a: ", "@", "\t-"})
        BOOST_TEST(problem(filled(mebibyte, piece)) != "", piece);
    for (auto const* piece : {"- a\n", "a: b\n", "- |\n"})
        BOOST_TEST(
            problem(filled(mebibyte, piece))
                .ends_with(" holds more than 50000 values; split it into several files"),
            piece
        );
    BOOST_TEST(
        problem(std::string(mebibyte + 1, ' ')) == "1 is larger than 1 MiB; split it into several files"
    );
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded_in_brackets_too)
{
    BOOST_TEST(problem(times(64, "[") + times(64, "]")) == "");
    BOOST_TEST(
        problem(times(65, "[") + times(65, "]")) == "1 is nested more than 64 deep; reduce the nesting"
    );
}

BOOST_AUTO_TEST_CASE(aliases_and_merges_are_bounded)
{
    std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 20; ++i)
    {
        auto const before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before +
                times(8, "," + before) + "]\n";
    }
    auto const refused = parse_yaml(bomb, yaml_documents::one);
    BOOST_TEST_REQUIRE(refused.problem.has_value());
    BOOST_TEST(refused.problem->message == "has aliases that expand to too much text; write the values out");
    BOOST_TEST(refused.values.size() < 200u);
    BOOST_TEST(problem("a: &a {" + times(200, "? [] : v, ") + "b: c}\nl:\n" + times(20'000, "- {<<: *a}\n"))
                   .ends_with("has aliases that expand to too much text; write the values out"));
    BOOST_TEST(
        problem("a: &a [*a]\n") == "1 has an alias inside the value that it stands for; write the value out"
    );
    BOOST_TEST(problem("a: *b\n").starts_with("1 is not YAML: the referenced anchor is not defined"));
    auto const merged = parse_yaml("a: &a {b: 1, c: 2}\nd: {<<: *a, c: 3}\n", yaml_documents::one);
    BOOST_TEST_REQUIRE(!merged.problem);
    BOOST_TEST(merged.root()->find("d")->find("b")->text == "1");
    BOOST_TEST(merged.root()->find("d")->find("c")->text == "3");
}

BOOST_AUTO_TEST_CASE(files_as_people_write_them_are_within_the_budget)
{
    // A text with 60,000 names, in a document that also has lists in brackets.
    auto const names = times(60'000, "n,");
    BOOST_TEST(problem("a: []\nnames: " + names + "\nb: []\n") == "");
    BOOST_TEST(problem("a: []\nnames: \"" + names + "\"\n") == "");
    // 1000 instances, in block style and in flow style.
    BOOST_TEST(
        problem(
            "instances:\n" +
            times(1'000, "- registryId: tcr-dg284imq\n  region: ap-guangzhou\n  domains: [public, vpc]\n")
        ) == ""
    );
    std::string json = R"({"instances":[)";
    json +=
        times(1'000, R"({"registryId":"tcr-dg284imq","region":"ap-guangzhou","domains":["public","vpc"]},)");
    json.back() = ']';
    json += "}";
    BOOST_TEST(problem(json) == "");
}

BOOST_AUTO_TEST_CASE(cut_or_changed_anywhere_a_text_is_read_or_refused)
{
    std::string const whole =
        "a: &n x\nb: *n\nc: {d: 'y', e: \"u\\u4e2d\", f: [1, ~]}\ng: |\n p\nh: - i\n<<: {j: k}\n";
    for (std::size_t size = 0; size <= whole.size(); ++size)
        parse_yaml(whole.substr(0, size), yaml_documents::several);
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (char c : {'\0', '\n', '"', '{', ':', '-', '&', '*', '!', ',', '%', '#', '?', '\xff'})
        {
            auto other = whole;
            other[at] = c;
            parse_yaml(other, yaml_documents::several);
        }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace yaml_test
