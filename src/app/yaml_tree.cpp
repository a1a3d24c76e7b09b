#include "yaml_tree.hpp"

#include "yaml_words.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

namespace tcr::app
{
namespace
{

constexpr std::size_t most_values = 300'000;
constexpr std::size_t deepest = 100;
constexpr std::size_t most_aliased = 16 << 20;  ///< bytes of text that aliases stand for

/// Builds the tree from the parser's events. Throws what the parser throws.
class tree_builder final : public YAML::EventHandler
{
public:
    explicit tree_builder(yaml_file& file) : file_(file) {}

    void OnDocumentStart(YAML::Mark const&) override
    {
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
        auto const& target = anchors_.at(anchor);
        if (target.is_open)
            throw YAML::ParserException(mark, "an alias stands inside of what it stands for");
        aliased_ += target.weight;
        if (aliased_ > most_aliased)
            throw YAML::ParserException(mark, "aliases stand for too much; write the values out");
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

    /// Of the document that ended; null where it was empty.
    yaml_value const* root() const { return root_; }

private:
    struct open_value
    {
        yaml_value* value;
        yaml_value const* key;  ///< whose value comes next
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
        count_value(mark);
        auto& value = file_.values.emplace_back();
        value.line = static_cast<std::size_t>(std::max(mark.line, 0)) + 1;
        if (anchor != 0)
            anchors_[anchor] = {&value, 0, false};
        return value;
    }

    void count_value(YAML::Mark const& mark)
    {
        if (++values_ > most_values)
            throw YAML::ParserException(
                mark, "the file holds more than 300000 values; make several files of it"
            );
    }

    void add_weight(std::size_t bytes)
    {
        // An empty value costs something, too.
        constexpr std::size_t overhead = 16;
        if (!open_.empty())
            open_.back().weight += bytes + overhead;
    }

    void open(YAML::Mark const& mark, YAML::anchor_t anchor, yaml_value::kind what)
    {
        if (open_.size() == deepest)
            throw YAML::ParserException(mark, "is nested more than 100 deep");
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

    /// Gives a finished value to the list or mapping it stands in.
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

    /// Replaces "<<: *other" by what of the other mapping is not there.
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
                count_value({});
                map.items.push_back(each);
            }
    }

    yaml_file& file_;
    yaml_value const* root_ = nullptr;
    std::vector<open_value> open_;
    std::map<YAML::anchor_t, anchored> anchors_;
    std::size_t values_ = 0;
    std::size_t aliased_ = 0;
};

/// Length of the well-formed character of UTF-8 at the front (RFC 3629); 0: there is none.
std::size_t character_length(std::string_view text)
{
    auto const lead = static_cast<unsigned char>(text[0]);
    std::size_t const length = lead < 0x80   ? 1
                               : lead < 0xc2 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length > text.size())
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/// What keeps the bytes from being a text, or nothing.
std::optional<yaml_problem> text_problem(std::string_view text)
{
    std::size_t line = 1;
    while (!text.empty())
    {
        char const c = text.front();
        auto const length = character_length(text);
        if (length == 0)
            return yaml_problem{line, "is not a text in UTF-8"};
        if ((static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return yaml_problem{
                line, "holds a control character, which YAML does not allow; is this a text?"};
        line += c == '\n';
        text.remove_prefix(length);
    }
    return std::nullopt;
}

/// Two \\u escapes that are the halves of one character, at the front; 0: there are none.
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

/// JSON writes characters beyond 16 bits as two escapes (RFC 8259 section 7), which YAML does not know: writes them
/// as themselves. The lines stay.
std::string with_whole_characters(std::string_view text)
{
    std::string out;
    while (!text.empty())
    {
        if (auto const code = surrogate_pair(text); code != 0)
        {
            out += static_cast<char>(0xf0 | code >> 18);
            for (int shift : {12, 6, 0})
                out += static_cast<char>(0x80 | ((code >> shift) & 0x3f));
            text.remove_prefix(12);
            continue;
        }
        // Of an escape both characters, so that "\\\\u" is none.
        auto const size = std::min<std::size_t>(text.front() == '\\' ? 2 : 1, text.size());
        out += text.substr(0, size);
        text.remove_prefix(size);
    }
    return out;
}

bool is_json(std::string_view text)
{
    auto const first = text.find_first_not_of("\xef\xbb\xbf \t\r\n");
    return first != text.npos && text[first] == '{';
}

yaml_problem problem_of(YAML::Exception const& failure)
{
    auto const line =
        failure.mark.is_null() ? 1 : static_cast<std::size_t>(std::max(failure.mark.line, 0)) + 1;
    // What follows a colon in its messages is text of the file.
    return {line, "is not YAML from here on: " + failure.msg.substr(0, failure.msg.find(':'))};
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

yaml_file parse_yaml(std::string const& text)
{
    yaml_file file;
    file.problem = text_problem(text);
    if (file.problem)
        return file;
    try
    {
        std::istringstream in(is_json(text) ? with_whole_characters(text) : text);
        YAML::Parser parser(in);
        tree_builder builder(file);
        while (parser.HandleNextDocument(builder))
            if (builder.root() != nullptr)
                file.documents.push_back(builder.root());
    }
    catch (YAML::Exception const& failure)
    {
        file.problem = problem_of(failure);
    }
    return file;
}

}  // namespace tcr::app
