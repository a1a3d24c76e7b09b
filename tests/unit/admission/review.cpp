// SPDX-License-Identifier: Apache-2.0
#include "review_text.hpp"
#include <tcr/admission/review.hpp>

#include <boost/json.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace review_test
{

namespace json = boost::json;
using namespace tcr;
using namespace tcr::admission;
using tcr::test::review_body;

/// Records the calls that the review reader makes.
class recording_reader final : public kube::object_reader
{
public:
    std::vector<kube::skim_path> paths() const override
    {
        return {{0, {"spec", "word"}}, {1, {"spec", "list", "[]"}}};
    }
    void begin_object() override { calls.clear(); }
    void on_value(int field, std::string_view, std::string_view text) override
    {
        calls += std::to_string(field) + "=" + std::string(text) + ";";
    }
    void on_open(int field) override { calls += "open " + std::to_string(field) + ";"; }
    void on_object(kube::object_event event, kube::object_meta const& meta) override
    {
        calls += event == kube::object_event::added ? "object " : "old ";
        calls += meta.name + (meta.is_deleting ? " going" : "");
    }

    std::string calls;
};

struct fixture
{
    recording_reader object;
    recording_reader old_object;
    review_reader reader{object, &old_object};

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

struct invalid_body
{
    std::string what;
    std::string body;
    std::string words;
};

std::ostream& operator<<(std::ostream& out, invalid_body const& bad)
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

std::vector<invalid_body> const invalid_bodies{
    {"nothing", "", "not JSON or is incomplete"},
    {"blanks", " \n", "not JSON or is incomplete"},
    {"a word", "hello", "not JSON"},
    {"a list", "[]", "apiVersion and kind are '' and ''"},
    {"a number", "12", "incomplete"},
    {"cut short", whole.substr(0, whole.size() / 2), "incomplete"},
    {"without its last brace", whole.substr(0, whole.size() - 2), "incomplete"},
    {"two of them", whole + whole, "not JSON"},
    {"something behind it", whole + "x", "not JSON"},
    {"a word of the object that is no text",
     with(&review_body::object, "{\"metadata\":{\"name\":\"n\"},\"spec\":{\"word\":\"\xff\"}}").text(),
     "a required value is not UTF-8"},
    {"a uid of 5000 bytes", with(&review_body::uid, std::string(5000, 'u')).text(), "is too long"},
    {"v1beta1", with(&review_body::version, "admission.k8s.io/v1beta1").text(), "'admission.k8s.io/v1beta1'"},
    {"another kind", R"({"apiVersion":"admission.k8s.io/v1","kind":"Pod"})", "'Pod'"},
    {"a version that is no text", R"({"apiVersion":{},"kind":["AdmissionReview"]})", "'' and ''"},
    {"no request", R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"})", "request is missing"},
    {"a request that is null",
     R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":null})",
     "request is missing"},
    {"a request that is a list",
     R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":["uid"]})",
     "uid is missing"},
    {"a uid of 300 bytes", with(&review_body::uid, std::string(300, 'u')).text(), "exceeds 256 bytes"},
    {"a namespace of 300 bytes", with(&review_body::ns, std::string(300, 'n')).text(), "exceeds 256 bytes"},
    {"no uid", with(&review_body::uid, "").text(), "uid is missing"},
};

BOOST_AUTO_TEST_SUITE(reviews)

BOOST_AUTO_TEST_CASE(request_and_objects_are_read)
{
    fixture at;
    review_body body;
    body.ns = "team-a";
    body.operation = "UPDATE";
    body.more = R"("subResource":"status",)";
    body.object =
        R"({"metadata":{"name":"new"},"spec":{"word":"w","list":[{"a":1},"b"],"other":[1,2,{"x":[]}]}})";
    body.old_object =
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
    BOOST_TEST(at.object.calls == "0=w;open 1;1=b;object new");
    BOOST_TEST(at.old_object.calls == "0=v;old old going");
}

BOOST_AUTO_TEST_CASE(ignored_fields_may_have_any_value)
{
    fixture at;
    review_body body;
    body.object = R"({"spec":{"word":"w","other":)" + deep(5000) + "},\"metadata\":{\"x\":\"\xff\"}}";
    BOOST_TEST(at.reader.read(body.text()).has_value());
    BOOST_TEST(at.object.calls.starts_with("0=w"));
}

BOOST_AUTO_TEST_CASE(an_unreadable_old_object_counts_as_absent)
{
    fixture at;
    review_body body;
    body.operation = "UPDATE";
    body.object = R"({"metadata":{"name":"new"},"spec":{"word":"w"}})";
    body.old_object = "{\"metadata\":{\"name\":\"old\"},\"spec\":{\"list\":[\"a\"],\"word\":\"\xff\"}}";
    BOOST_TEST(at.refusal(body.text()) == "taken");
    BOOST_TEST(at.object.calls == "0=w;object new");
    BOOST_TEST(at.old_object.calls == "");
    // The old object of the next review is readable and is reported.
    body.old_object = R"({"metadata":{"name":"old"},"spec":{"word":"v"}})";
    BOOST_TEST(at.refusal(body.text()) == "taken");
    BOOST_TEST(at.old_object.calls == "0=v;old old");
}

BOOST_AUTO_TEST_CASE(nothing_remains_of_the_previous_review)
{
    fixture at;
    review_body first;
    first.object = R"({"metadata":{"name":"a"},"spec":{"word":"w"}})";
    first.more = R"("subResource":"status",)";
    BOOST_TEST(at.reader.read(first.text()).has_value());
    BOOST_TEST(!at.reader.read(first.text().substr(0, 300)).has_value());
    auto const read = at.reader.read(review_body().text());
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->subresource == "");
    BOOST_TEST(at.object.calls == "");
}

BOOST_AUTO_TEST_CASE(members_of_the_object_are_not_taken_for_members_of_the_request)
{
    fixture at;
    review_body body;
    body.uid = "";
    body.object = R"({"uid":"x","request":{"uid":"y"}})";
    BOOST_TEST(at.refusal(body.text()).ends_with("uid is missing"));
}

BOOST_DATA_TEST_CASE(
    invalid_reviews_are_refused_with_the_reason, boost::unit_test::data::make(invalid_bodies), bad
)
{
    fixture at;
    auto const words = at.refusal(bad.body);
    BOOST_TEST(words.find(bad.words) != std::string::npos, words);
    // The reader can still read a valid review after the invalid one.
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
        R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u-1",)"
        R"("allowed":true,)"
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

}  // namespace review_test
