// SPDX-License-Identifier: Apache-2.0
#include <tcr/app/output.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace output_test
{

namespace json = boost::json;
using namespace tcr::app;

json::object sample()
{
    constexpr char text[] =
        R"({"ok":true,"count":2,"none":[],"list":[{"text":"a \"b\": c","empty":{}},{"text":"no"},"word"],)"
        R"("inner":{"x":null}})";
    return json::parse(text).as_object();
}

BOOST_AUTO_TEST_SUITE(documents)

BOOST_AUTO_TEST_CASE(json_is_indented)
{
    BOOST_TEST(document_text(sample(), output_format::json) == R"({
    "ok": true,
    "count": 2,
    "none": [],
    "list": [
        {
            "text": "a \"b\": c",
            "empty": {}
        },
        {
            "text": "no"
        },
        "word"
    ],
    "inner": {
        "x": null
    }
}
)");
    BOOST_TEST((json::parse(document_text(sample(), output_format::json)) == sample()));
}

BOOST_AUTO_TEST_CASE(no_text_reaches_the_terminal_as_a_command)
{
    json::object const document{{"text", "a\xc2\x9b"}};
    BOOST_TEST(document_text(document, output_format::json) == "{\n    \"text\": \"a\\u009b\"\n}\n");
    BOOST_TEST(document_text(document, output_format::yaml) == "text: \"a\\u009b\"\n");
}

BOOST_AUTO_TEST_CASE(yaml_quotes_all_texts)
{
    BOOST_TEST(document_text(sample(), output_format::yaml) == R"(ok: true
count: 2
none: []
list:
- text: "a \"b\": c"
  empty: {}
- text: "no"
- "word"
inner:
  x: null
)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace output_test
