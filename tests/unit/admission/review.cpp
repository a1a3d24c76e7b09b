#include "review_text.hpp"
#include <tcr/admission/review.hpp>

#include <boost/json.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace
{

namespace json = boost::json;
using namespace tcr;
using namespace tcr::admission;
using tcr::test::review_body;

/// Notes what it is told.
class note_taker final : public kube::object_reader
{
public:
    std::vector<kube::skim_path> paths() const override
    {
        return {{0, {"spec", "word"}}, {1, {"spec", "list", "[]"}}};
    }
    void begin_object() override { notes.clear(); }
    void on_value(int field, std::string_view, std::string_view text) override
    {
        notes += std::to_string(field) + "=" + std::string(text) + ";";
    }
    void on_open(int field) override { notes += "open " + std::to_string(field) + ";"; }
    void on_object(kube::object_event event, kube::object_meta const& meta) override
    {
        notes += event == kube::object_event::added ? "object " : "former ";
        notes += meta.name + (meta.is_deleting ? " going" : "");
    }

    std::string notes;
};

struct reading
{
    note_taker object;
    note_taker former;
    review_reader reader{object, &former};

    std::string refusal(std::string const& body)
    {
        auto const read = reader.read(body);
        return read ? "taken" : read.error().message();
    }
};

std::string deep(std::size_t levels)
{
    return std::string(levels, '[') + std::string(levels, ']');
}

struct bad_body
{
    std::string what;
    std::string body;
    std::string words;
};

std::ostream& operator<<(std::ostream& out, bad_body const& bad)
{
    return out << bad.what;
}

review_body with(std::string review_body::*member, std::string value)
{
    review_body body;
    body.*member = std::move(value);
    return body;
}

std::string const whole = review_body().text();

std::vector<bad_body> const bad_bodies{
    {"nothing", "", "no JSON, or is cut short"},
    {"blanks", " \n", "no JSON, or is cut short"},
    {"a word", "hello", "no JSON"},
    {"a list", "[]", "apiVersion and kind are '' and ''"},
    {"a number", "12", "cut short"},
    {"cut short", whole.substr(0, whole.size() / 2), "cut short"},
    {"without its last brace", whole.substr(0, whole.size() - 2), "cut short"},
    {"two of them", whole + whole, "no JSON"},
    {"something behind it", whole + "x", "no JSON"},
    {"a word of the object that is no text",
     with(&review_body::object, "{\"metadata\":{\"name\":\"n\"},\"spec\":{\"word\":\"\xff\"}}").text(),
     "a value that is needed is not UTF-8"},
    {"a uid that is a library", with(&review_body::uid, std::string(5000, 'u')).text(), "is too long"},
    {"v1beta1", with(&review_body::version, "admission.k8s.io/v1beta1").text(), "'admission.k8s.io/v1beta1'"},
    {"another kind", R"({"apiVersion":"admission.k8s.io/v1","kind":"Pod"})", "'Pod'"},
    {"a version that is no text", R"({"apiVersion":{},"kind":["AdmissionReview"]})", "'' and ''"},
    {"no request", R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"})", "no request"},
    {"a request that is null",
     R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":null})",
     "no request"},
    {"a request that is a list",
     R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":["uid"]})",
     "no uid"},
    {"a uid that is a book", with(&review_body::uid, std::string(300, 'u')).text(), "longer than any name"},
    {"a namespace that is one", with(&review_body::ns, std::string(300, 'n')).text(), "longer than any name"},
    {"no uid", with(&review_body::uid, "").text(), "no uid"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reviews)

BOOST_AUTO_TEST_CASE(request_and_objects_are_read)
{
    reading at;
    review_body body;
    body.ns = "team-a";
    body.operation = "UPDATE";
    body.more = R"("dryRun":true,"subResource":"status",)";
    body.object =
        R"({"metadata":{"name":"new"},"spec":{"word":"w","list":[{"a":1},"b"],"other":[1,2,{"x":[]}]}})";
    body.former =
        R"({"metadata":{"name":"old","deletionTimestamp":"2021-12-01T06:47:36Z"},"spec":{"word":"v"}})";
    auto const read = at.reader.read(body.text());
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->uid == "705ab4f5-6393-11e8-b7cc-42010a800002");
    BOOST_TEST(read->operation == "UPDATE");
    BOOST_TEST(read->group == "tcr.tencentcloudcr.com");
    BOOST_TEST(read->resource == "imagepullsecrets");
    BOOST_TEST(read->subresource == "status");
    BOOST_TEST(read->kind == "K");
    BOOST_TEST(read->name == "x");
    BOOST_TEST(read->ns == "team-a");
    BOOST_TEST(read->is_dry_run);
    BOOST_TEST(at.object.notes == "0=w;open 1;1=b;object new");
    BOOST_TEST(at.former.notes == "0=v;former old going");
}

BOOST_AUTO_TEST_CASE(what_is_not_wanted_of_an_object_may_be_anything)
{
    reading at;
    review_body body;
    body.object = R"({"spec":{"word":"w","other":)" + deep(5000) + "},\"metadata\":{\"x\":\"\xff\"}}";
    BOOST_TEST(at.reader.read(body.text()).has_value());
    BOOST_TEST(at.object.notes.starts_with("0=w"));
}

BOOST_AUTO_TEST_CASE(a_former_object_that_cannot_be_read_counts_as_none)
{
    reading at;
    review_body body;
    body.operation = "UPDATE";
    body.object = R"({"metadata":{"name":"new"},"spec":{"word":"w"}})";
    body.former = "{\"metadata\":{\"name\":\"old\"},\"spec\":{\"list\":[\"a\"],\"word\":\"\xff\"}}";
    BOOST_TEST(at.refusal(body.text()) == "taken");
    BOOST_TEST(at.object.notes == "0=w;object new");
    BOOST_TEST(at.former.notes == "");
    // The next one is read again.
    body.former = R"({"metadata":{"name":"old"},"spec":{"word":"v"}})";
    BOOST_TEST(at.refusal(body.text()) == "taken");
    BOOST_TEST(at.former.notes == "0=v;former old");
}

BOOST_AUTO_TEST_CASE(each_review_is_read_anew)
{
    reading at;
    review_body first;
    first.object = R"({"metadata":{"name":"a"},"spec":{"word":"w"}})";
    first.more = R"("dryRun":true,)";
    BOOST_TEST(at.reader.read(first.text()).has_value());
    BOOST_TEST(!at.reader.read(first.text().substr(0, 300)).has_value());
    auto const read = at.reader.read(review_body().text());
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(!read->is_dry_run);
    BOOST_TEST(at.object.notes == "");
}

BOOST_AUTO_TEST_CASE(a_name_in_an_object_does_not_pass_for_the_requests_own)
{
    reading at;
    review_body body;
    body.uid = "";
    body.object = R"({"uid":"x","request":{"uid":"y"}})";
    BOOST_TEST(at.refusal(body.text()).ends_with("no uid"));
}

BOOST_DATA_TEST_CASE(
    what_is_no_review_is_refused_with_the_reason, boost::unit_test::data::make(bad_bodies), bad
)
{
    reading at;
    auto const words = at.refusal(bad.body);
    BOOST_TEST(words.find(bad.words) != std::string::npos, words);
    // And leaves nothing behind.
    BOOST_TEST(at.reader.read(whole).has_value());
}

BOOST_AUTO_TEST_CASE(answers_have_the_form_of_v1)
{
    review_request request;
    request.uid = "u-1";
    review_answer allowed;
    allowed.warnings = {"one \"thing\"", "another"};
    allowed.patch = R"([{"op":"add"}])";
    BOOST_TEST(
        review_text(request, allowed) ==
        R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u-1","allowed":true,)"
        R"("warnings":["one \"thing\"","another"],"patchType":"JSONPatch","patch":"W3sib3AiOiJhZGQifV0="}})"
    );
    review_answer refused;
    refused.is_allowed = false;
    refused.causes = {{"spec.a", "must not"}, {"spec.b", "write c"}};
    auto const status = json::parse(review_text(request, refused)).at("response").at("status");
    BOOST_TEST(status.at("code").as_int64() == 422);
    BOOST_TEST(status.at("reason").as_string() == "Invalid");
    BOOST_TEST(status.at("message").as_string() == "spec.a: must not; spec.b: write c");
    BOOST_TEST(status.at("details").at("causes").as_array().size() == 2u);
    BOOST_TEST(status.at("details").at("causes").at(1).at("field").as_string() == "spec.b");
}

BOOST_AUTO_TEST_SUITE_END()
