// SPDX-License-Identifier: Apache-2.0

// The JSON skimmer. Its result for the whole input must equal its result for the input in pieces. If
// Boost.JSON accepts the input, the result must also match Boost.JSON's document.
#include "fuzz_target.hpp"
#include <tcr/kube/json_skim.hpp>

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>

namespace
{

using namespace tcr;
namespace json = boost::json;

enum field : int
{
    any_text,
    name,
    items,
    item_name,
    any_label,
    long_string
};

std::vector<kube::skim_path> wanted_paths()
{
    return {
        {any_text, {"a"}},
        {name, {"metadata", "name"}},
        {items, {"items", "[]"}},
        {item_name, {"items", "[]", "name"}},
        {any_label, {"labels", "*"}},
        {long_string, {"data", "*"}, true},
    };
}

class recorder final : public kube::skim_handler
{
public:
    void on_value(int field, std::string_view key, std::string_view text) override
    {
        note("value", field, field == any_label ? key : std::string_view(), text);
    }
    void on_piece(int field, std::string_view piece, bool last) override
    {
        string_.append(piece);
        if (!last)
            return;
        note("string", field, {}, string_);
        string_.clear();
    }
    void on_unreadable(int field, std::string_view problem) override
    {
        note("unreadable", field, {}, problem);
        has_unreadable = true;
    }
    void on_open(int field) override { note("open", field); }
    void on_close(int field) override { note("close", field); }
    boost::system::error_code on_document() override
    {
        note("document");
        return {};
    }

    void note(std::string_view what, int field = 0, std::string_view key = {}, std::string_view text = {})
    {
        log.append(what).append(" ").append(std::to_string(field)).append(" ");
        log.append(key).append(" ").append(text).append("\n");
    }

    std::string log;
    bool has_unreadable = false;

private:
    std::string string_;
};

/// The skimmer's reports, and whether it accepts the input.
struct outcome
{
    std::string log;
    bool is_good = false;
    bool is_between = false;
    bool has_unreadable = false;
};

outcome skim(std::vector<std::string> const& pieces)
{
    kube::skim_tree const tree(wanted_paths());
    recorder to;
    kube::json_skimmer skimmer(tree, to);
    boost::system::error_code failure;
    for (auto const& piece : pieces)
        if (!failure)
            failure = skimmer.feed(piece);
    to.note(failure ? failure.message() : "good");
    return {to.log, !failure, !failure && skimmer.between_documents(), to.has_unreadable};
}

/// A handler for Boost.JSON's parser that counts the keys. Duplicate keys count, although a `json::value`
/// drops duplicates.
struct key_counter
{
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return true; }
    bool on_object_end(std::size_t, json::error_code&) { return true; }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t, json::error_code&) { return true; }
    bool on_key_part(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_key(json::string_view, std::size_t, json::error_code&)
    {
        ++keys;
        return true;
    }
    bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
    bool on_double(double, json::string_view, json::error_code&) { return true; }
    bool on_bool(bool, json::error_code&) { return true; }
    bool on_null(json::error_code&) { return true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

    std::size_t keys = 0;
};

std::size_t keys_in(json::value const& value)
{
    std::size_t keys = 0;
    if (auto const* object = value.if_object())
        for (auto const& each : *object)
            keys += 1 + keys_in(each.value());
    if (auto const* array = value.if_array())
        for (auto const& each : *array)
            keys += keys_in(each);
    return keys;
}

/// The reports that the skimmer must make for a document. They are found by following the paths through the
/// document. Only integers can be compared, because `json::value` does not keep the text of other numbers.
class expectation
{
public:
    explicit expectation(json::value const& document)
    {
        walk(document, {});
        to_.note("document");
        to_.note("good");
    }

    std::string const& log() const { return to_.log; }
    bool has_fractions() const { return has_fractions_; }

private:
    void walk(json::value const& value, std::vector<std::string> const& path)
    {
        int const field = field_at(path);
        auto const key = field == any_label ? std::string_view(path.back()) : std::string_view();
        if (value.is_structured())
        {
            if (field >= 0)
                to_.on_open(field);
            if (auto const* object = value.if_object())
                for (auto const& each : *object)
                    walk(each.value(), below(path, {each.key().data(), each.key().size()}));
            else
                for (auto const& each : value.get_array())
                    walk(each, below(path, element));
            if (field >= 0)
                to_.on_close(field);
        }
        else if (field >= 0 && !value.is_null())
        {
            has_fractions_ = has_fractions_ || value.is_double();
            if (field == long_string && value.is_string())
                to_.on_piece(field, text_of(value), true);
            else
                to_.on_value(field, key, text_of(value));
        }
    }

    /// The step of a path into an array. No key equals this text, because all keys are UTF-8 and this text is
    /// not.
    static constexpr char const* element = "\xff[]";

    static std::vector<std::string> below(std::vector<std::string> path, std::string_view step)
    {
        path.emplace_back(step);
        return path;
    }

    static int field_at(std::vector<std::string> const& path)
    {
        for (auto const& wanted : wanted_paths())
        {
            bool fits = wanted.path.size() == path.size();
            for (std::size_t i = 0; fits && i < path.size(); ++i)
                fits = (wanted.path[i] == "*" && path[i] != element) ||
                       (wanted.path[i] == "[]" && path[i] == element) ||
                       (wanted.path[i] != "[]" && wanted.path[i] == path[i]);
            if (fits)
                return wanted.field;
        }
        return -1;
    }

    static std::string text_of(json::value const& value)
    {
        if (auto const* text = value.if_string())
            return {text->data(), text->size()};
        return json::serialize(value);
    }

    recorder to_;
    bool has_fractions_ = false;
};

}  // namespace

TCR_FUZZ_TARGET(json_skim)
{
    auto const whole = skim({std::string(bytes)});
    auto const pieces = skim(fuzz::pieces_of(bytes));
    fuzz::require_equal(pieces.log, whole.log, "bytes in pieces are read like the whole");
    fuzz::require(pieces.is_between == whole.is_between, "bytes in pieces end where the whole ends");

    json::error_code failure;
    json::parse_options options;
    options.max_depth = 64;  // deeper values need not be read
    auto const document = json::parse({bytes.data(), bytes.size()}, failure, {}, options);
    // The skimmer accepts only objects and arrays. It could not detect the end of a document that is a
    // number.
    if (failure || !document.is_structured())
        return;
    fuzz::require(whole.is_good && whole.is_between, "a document that Boost.JSON reads is read");
    json::basic_parser<key_counter> counter(options);
    counter.write_some(false, bytes.data(), bytes.size(), failure);
    expectation const expected(document);
    bool const has_twins = counter.handler().keys != keys_in(document);
    bool const has_minus_zero = bytes.find("-0") != std::string_view::npos;
    // The skimmer does not report a text that exceeds its limit, so the logs may differ then.
    if (!has_twins && !whole.has_unreadable && !expected.has_fractions() && !has_minus_zero)
        fuzz::require_equal(whole.log, expected.log(), "what is reported stands in the document");
}
