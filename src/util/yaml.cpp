// SPDX-License-Identifier: Apache-2.0
#include "yaml_words.hpp"
#include <tcr/util/strings.hpp>
#include <tcr/util/yaml.hpp>

#include <boost/locale/utf.hpp>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <istream>
#include <iterator>
#include <map>
#include <set>
#include <streambuf>
#include <utility>

namespace tcr
{
namespace
{

using utf8 = boost::locale::utf::utf_traits<char>;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// The exception by which our own checks end the parsing. yaml-cpp throws `YAML::Exception` instead.
struct refusal
{
    yaml_problem problem;
};

std::size_t line_of(YAML::Mark const& mark)
{
    return static_cast<std::size_t>(std::max(mark.line, 0)) + 1;
}

[[noreturn]] void refuse(YAML::Mark const& mark, std::string message)
{
    throw refusal{{line_of(mark), std::move(message)}};
}

/// Passes the text to yaml-cpp in pieces and counts the indicators that yaml-cpp has read after the last
/// value that it reported. yaml-cpp's scanner has no limit: for each '[' it queues two tokens. The list may
/// be a key, so yaml-cpp reports no event before the list has ended.
class metered_text final : public std::streambuf
{
public:
    /// `text` must outlive this object.
    metered_text(std::string_view text, std::size_t max_pending) : text_(text), max_pending_(max_pending) {}

    /// Records that the parser has reported the value that begins at this offset.
    void reported(std::size_t offset)
    {
        offset = std::min(offset, read_);
        if (offset <= reported_)
            return;
        for (auto i = reported_; i < offset; ++i)
        {
            weight_ -= weight(i);
            lines_ += text_[i] == '\n';
        }
        reported_ = offset;
        if (bracket_ >= offset)
            return;
        auto const next = std::min(text_.substr(0, read_).find_first_of("[{", offset), read_);
        for (auto i = bracket_; i < next; ++i)
            commas_ -= text_[i] == ',';
        bracket_ = next == read_ ? text_.npos : next;
    }

    /// Whether reading stopped because too many indicators were pending. The parser then behaves as at the
    /// end of the text.
    bool is_over() const { return is_over_; }

    yaml_problem problem() const
    {
        return {
            lines_ + 1, "holds too many brackets, quotes and commas in one value; write one entry per line"};
    }

    bool is_document_marker(YAML::Mark const& mark) const
    {
        return mark.pos >= 0 &&
               text_.substr(std::min(text_.size(), std::size_t(mark.pos))).starts_with("---");
    }

protected:
    int_type underflow() override
    {
        is_over_ = is_over_ || weight_ + commas_ > max_pending_;
        if (is_over_ || read_ == text_.size())
            return traits_type::eof();
        constexpr std::size_t piece = 2048;
        auto const end = std::min(read_ + piece, text_.size());
        // The const_cast is safe: yaml-cpp only puts back characters that it has read.
        auto* const whole = const_cast<char*>(text_.data());
        setg(whole, whole + read_, whole + end);
        for (; read_ < end; ++read_)
        {
            char const c = text_[read_];
            if (bracket_ == text_.npos && (c == '[' || c == '{'))
                bracket_ = read_;
            weight_ += weight(read_);
            commas_ += c == ',' && bracket_ != text_.npos;
        }
        return traits_type::to_int_type(*gptr());
    }

private:
    /// How many pending indicators the character at index `i` counts for: 2 for an opening bracket, 1 for
    /// another indicator, otherwise 0. An upper bound, because the character may be plain text. `commas_`
    /// counts the commas.
    std::size_t weight(std::size_t i) const
    {
        constexpr std::string_view indicators = "]}:?&*!\"'";
        // The first characters of "---", "..." and directives.
        constexpr std::string_view at_line_start = "-.%";
        char const c = text_[i];
        if (c == '[' || c == '{')
            return 2;
        bool const is_first = i == 0 || text_[i - 1] == '\n';
        return indicators.find(c) != indicators.npos ||
               (is_first && at_line_start.find(c) != at_line_start.npos);
    }

    std::string_view text_;
    std::size_t max_pending_;
    std::size_t read_ = 0;
    std::size_t reported_ = 0;
    std::size_t lines_ = 0;                         ///< number of lines that end before `reported_`
    std::size_t weight_ = 0;                        ///< weight of the text from `reported_` to `read_`
    std::size_t bracket_ = std::string_view::npos;  ///< first opening bracket from `reported_` on
    std::size_t commas_ = 0;  ///< number of commas after `bracket_`; a comma before any bracket is plain text
    bool is_over_ = false;
};

/// Builds the tree from the parser's events. Throws `refusal` at the first problem.
class tree_builder final : public YAML::EventHandler
{
public:
    tree_builder(yaml_file& file, yaml_documents how_many, yaml_budget const& budget, metered_text& source)
        : file_(file), how_many_(how_many), budget_(budget), source_(source)
    {
    }

    void OnDocumentStart(YAML::Mark const& mark) override
    {
        // If yaml-cpp 0.7 cannot continue, for example at a ',', it reports an empty document at the same
        // place endlessly.
        if (is_started_ && mark.pos == start_)
            refuse(mark, "is not YAML: no value begins with this character; correct it there");
        if (is_started_ && how_many_ == yaml_documents::one)
            refuse(
                mark,
                source_.is_document_marker(mark) ? "a second document; remove the line '---' there"
                                                 : "is not YAML: text follows the value; correct it there"
            );
        is_started_ = true;
        start_ = mark.pos;
        reported(mark);
        anchors_.clear();
        open_.clear();
        root_ = nullptr;
    }
    void OnDocumentEnd() override {}

    void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override { place(make(mark, anchor)); }

    void OnScalar(
        YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor, std::string const& text
    ) override
    {
        auto& value = make(mark, anchor);
        value.what = kind_of_scalar(tag, text);
        value.text = text;
        if (anchor != 0)
            anchors_[anchor].weight = text.size();
        add_weight(text.size());
        place(value);
    }

    void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override
    {
        auto const& target = anchors_[anchor];
        if (target.value == nullptr || target.is_open)
            refuse(mark, "has an alias inside the value that it stands for; write the value out");
        reported(mark);
        count_value(mark);
        aliased_ += target.weight;
        if (aliased_ > budget_.aliased)
            refuse(mark, "has aliases that expand to too much text; write the values out");
        add_weight(target.weight);
        place(*target.value);
    }

    void OnSequenceStart(
        YAML::Mark const& mark, std::string const&, YAML::anchor_t anchor, YAML::EmitterStyle::value
    ) override
    {
        open(mark, anchor, yaml_value::kind::list);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        YAML::Mark const& mark, std::string const&, YAML::anchor_t anchor, YAML::EmitterStyle::value
    ) override
    {
        open(mark, anchor, yaml_value::kind::map);
    }
    void OnMapEnd() override
    {
        merge(*open_.back().value);
        close();
    }

    /// Root of the last document that has ended.
    yaml_value const* root() const { return root_; }

    bool has_started() const { return is_started_; }

private:
    struct open_value
    {
        yaml_value* value;
        yaml_value const* key;  ///< the key whose value comes next; null: none
        YAML::anchor_t anchor;
        std::size_t weight;
    };
    struct anchored
    {
        yaml_value const* value = nullptr;
        std::size_t weight = 0;
        bool is_open = false;
    };

    yaml_value& make(YAML::Mark const& mark, YAML::anchor_t anchor)
    {
        reported(mark);
        count_value(mark);
        auto& value = file_.values.emplace_back();
        value.line = line_of(mark);
        if (anchor != 0)
            anchors_[anchor] = {&value, 0, false};
        return value;
    }

    void reported(YAML::Mark const& mark)
    {
        source_.reported(static_cast<std::size_t>(std::max(mark.pos, 0)));
        if (source_.is_over())
            throw refusal{source_.problem()};
    }

    void count_value(YAML::Mark const& mark)
    {
        if (++values_ > budget_.values)
            refuse(
                mark,
                "holds more than " + std::to_string(budget_.values) + " values; split it into several files"
            );
    }

    void add_weight(std::size_t bytes)
    {
        // Added for each value, because a caller that walks the tree visits empty values, too.
        constexpr std::size_t overhead = 16;
        if (!open_.empty())
            open_.back().weight += bytes + overhead;
    }

    void open(YAML::Mark const& mark, YAML::anchor_t anchor, yaml_value::kind what)
    {
        if (open_.size() == budget_.depth)
            refuse(
                mark, "is nested more than " + std::to_string(budget_.depth) + " deep; reduce the nesting"
            );
        auto& value = make(mark, anchor);
        value.what = what;
        if (anchor != 0)
            anchors_[anchor].is_open = true;
        open_.push_back({&value, nullptr, anchor, 0});
    }

    void close()
    {
        auto const done = open_.back();
        open_.pop_back();
        if (done.anchor != 0)
            anchors_[done.anchor] = {done.value, done.weight, false};
        add_weight(done.weight);
        place(*done.value);
    }

    /// Adds a finished value to the list or mapping that contains it.
    void place(yaml_value const& value)
    {
        if (open_.empty())
        {
            root_ = &value;
            return;
        }
        auto& parent = open_.back();
        if (parent.value->what == yaml_value::kind::list)
            parent.value->items.push_back({nullptr, &value});
        else if (parent.key == nullptr)
            parent.key = &value;
        else
            parent.value->items.push_back({std::exchange(parent.key, nullptr), &value});
    }

    /// Replaces "<<: *other" by the members of the other mapping. The value of "<<" may also be a list of
    /// mappings. Members that `map` already has do not change.
    void merge(yaml_value& map)
    {
        auto const is_merge = [](yaml_value::item const& each)
        {
            return each.key->text == "<<" &&
                   (each.value->what == yaml_value::kind::map || each.value->what == yaml_value::kind::list);
        };
        auto const first = std::stable_partition(map.items.begin(), map.items.end(), std::not_fn(is_merge));
        if (first == map.items.end())
            return;
        std::vector<yaml_value::item> const merges(first, map.items.end());
        map.items.erase(first, map.items.end());
        std::set<std::string_view> known;
        for (auto const& each : map.items)
            known.insert(each.key->text);
        for (auto const& each : merges)
        {
            if (each.value->what == yaml_value::kind::map)
                take_members(*each.value, map, known);
            for (auto const& source : each.value->items)
                if (source.key == nullptr && source.value->what == yaml_value::kind::map)
                    take_members(*source.value, map, known);
        }
    }

    void take_members(yaml_value const& source, yaml_value& map, std::set<std::string_view>& known)
    {
        for (auto const& each : source.items)
            if (known.insert(each.key->text).second)
            {
                // This check limits the added members. The budget for aliases limits the time of the loop,
                // because only aliases can merge the same mapping several times.
                if (++values_ > budget_.values)
                    throw refusal{{map.line, "holds too many merged values; write the values out"}};
                map.items.push_back(each);
            }
    }

    yaml_file& file_;
    yaml_documents how_many_;
    yaml_budget const& budget_;
    metered_text& source_;
    bool is_started_ = false;
    int start_ = 0;  ///< offset of the latest document
    yaml_value const* root_ = nullptr;
    std::vector<open_value> open_;
    std::map<YAML::anchor_t, anchored> anchors_;
    std::size_t values_ = 0;
    std::size_t aliased_ = 0;
};

/// Returns why the bytes are not valid text; nullopt if the text is valid.
std::optional<yaml_problem> text_problem(std::string_view text)
{
    std::size_t line = 1;
    for (auto at = text.begin(); at != text.end();)
    {
        auto const code = utf8::decode(at, text.end());
        if (code == boost::locale::utf::illegal || code == boost::locale::utf::incomplete)
            return yaml_problem{line, "is not UTF-8 text"};
        if ((code < ' ' && code != '\t' && code != '\n' && code != '\r') || code == 0x7f)
            return yaml_problem{
                line, "holds a control character, which YAML does not allow; check that it is a text file"};
        line += code == '\n';
    }
    return std::nullopt;
}

/// The character that two \\u escapes at the front of the text stand for; 0 if the text does not begin with a
/// surrogate pair.
std::uint32_t surrogate_pair(std::string_view text)
{
    constexpr std::size_t escape = 6;
    if (text.size() < 2 * escape)
        return 0;
    std::uint32_t halves[2] = {};
    for (std::size_t i = 0; i < 2; ++i)
    {
        auto const one = text.substr(i * escape, escape);
        auto const [end, ec] = std::from_chars(one.data() + 2, one.data() + escape, halves[i], 16);
        if (!one.starts_with("\\u") || ec != std::errc{} || end != one.data() + escape)
            return 0;
    }
    if (halves[0] >> 10 != 0xd800 >> 10 || halves[1] >> 10 != 0xdc00 >> 10)
        return 0;
    return 0x10000 + ((halves[0] & 0x3ff) << 10) + (halves[1] & 0x3ff);
}

/// Replaces each surrogate pair by its character. JSON writes a character beyond 16 bits as two escapes (RFC
/// 8259 section 7), which YAML does not support. Line numbers do not change.
std::string with_whole_characters(std::string_view text)
{
    std::string out;
    while (!text.empty())
    {
        if (auto const code = surrogate_pair(text); code != 0)
        {
            utf8::encode(code, std::back_inserter(out));
            text.remove_prefix(12);
            continue;
        }
        // Copies both characters of an escape. Otherwise an escaped backslash before a 'u' would look like a
        // \\u escape.
        auto const size = std::min<std::size_t>(text.front() == '\\' ? 2 : 1, text.size());
        out += text.substr(0, size);
        text.remove_prefix(size);
    }
    return out;
}

bool is_json(std::string_view text)
{
    auto const first = text.find_first_not_of(" \t\r\n");
    return first != text.npos && text[first] == '{';
}

/// Returns the number of the first line that is not empty, a comment or a "..." marker; 0 if there is no such
/// line.
std::size_t line_of_text(std::string_view text)
{
    for (std::size_t line = 1; !text.empty(); ++line)
    {
        auto const end = std::min(text.find('\n'), text.size());
        auto const words = trim(text.substr(0, end));
        if (!words.empty() && words.front() != '#' && words != "...")
            return line;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return 0;
}

yaml_problem problem_of(YAML::Exception const& failure)
{
    auto const line = failure.mark.is_null() ? 1 : line_of(failure.mark);
    // Removes the part of a yaml-cpp message after a colon, because it may be text of the file.
    return {line, "is not YAML: " + failure.msg.substr(0, failure.msg.find(':')) + "; correct it there"};
}

std::string size_of(std::size_t bytes)
{
    constexpr std::size_t mebibyte = 1 << 20;
    return bytes % mebibyte == 0 ? std::to_string(bytes / mebibyte) + " MiB"
                                 : std::to_string(bytes / 1024) + " KiB";
}

void read_documents(
    yaml_file& file, std::string_view text, yaml_documents how_many, yaml_budget const& budget
)
{
    metered_text source(text, budget.pending);
    try
    {
        std::istream in(&source);
        YAML::Parser parser(in);
        tree_builder builder(file, how_many, budget, source);
        // If reading stopped early, the last document is incomplete and is left out.
        while (parser.HandleNextDocument(builder) && !source.is_over())
            if (builder.root() != nullptr)
                file.documents.push_back(builder.root());
        // yaml-cpp reports no error if directives have no document after them.
        if (auto const line = line_of_text(text); !builder.has_started() && line != 0)
            file.problem = yaml_problem{line, "is not YAML: no document begins there; correct it there"};
    }
    catch (YAML::Exception const& failure)
    {
        file.problem = problem_of(failure);
    }
    catch (refusal const& found)
    {
        file.problem = found.problem;
    }
    // If reading stopped early, replaces the error that the early end of the text may have caused.
    if (source.is_over())
        file.problem = source.problem();
}

}  // namespace

yaml_value const* yaml_value::find(std::string_view key) const
{
    yaml_value const* found = nullptr;
    if (what == kind::map)
        for (auto const& each : items)
            if (each.key->text == key)
                found = each.value;
    return found;
}

yaml_value const* yaml_file::root() const
{
    return documents.empty() || documents.front()->is_null() ? nullptr : documents.front();
}

yaml_file parse_yaml(std::string const& text, yaml_documents how_many, yaml_budget const& budget)
{
    yaml_file file;
    if (text.size() > budget.bytes)
        file.problem =
            yaml_problem{1, "is larger than " + size_of(budget.bytes) + "; split it into several files"};
    else
        file.problem = text_problem(text);
    if (file.problem)
        return file;
    std::string_view rest = text;
    if (rest.starts_with(byte_order_mark))
        rest.remove_prefix(byte_order_mark.size());
    if (is_json(rest))
        read_documents(file, with_whole_characters(rest), how_many, budget);
    else
        read_documents(file, rest, how_many, budget);
    return file;
}

}  // namespace tcr
