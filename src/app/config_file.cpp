#include <tcr/app/config_file.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/util/strings.hpp>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <numeric>

namespace tcr::app
{
namespace
{

/// "config /path, line 7", or without a line where none is known.
std::string place(std::string const& name, YAML::Mark const& mark)
{
    return mark.is_null() ? name : name + ", line " + std::to_string(mark.line + 1);
}

error refuse(std::string const& where, std::string const& why)
{
    return error(kube::errc::bad_config, where + ": " + why);
}

/// The file's documents. (A `result` of one node would not do: a node can be made from anything, an error too.)
result<std::vector<YAML::Node>> load(std::string const& name, std::string const& text)
{
    try
    {
        return YAML::LoadAll(text);
    }
    catch (YAML::Exception const& failure)
    {
        // What follows a colon in its messages is text of the file.
        auto const why = failure.msg.substr(0, failure.msg.find(':'));
        return refuse(place(name, failure.mark), "is not YAML: " + why + "; correct it there");
    }
}

/// What keeps a node from being an option's value, or nothing.
std::string value_problem(YAML::Node const& value)
{
    if (value.IsNull())
        return "has no value; write one, or remove the line";
    if (value.IsSequence())
        return "is a list; write one value there";
    if (value.IsMap())
        return "is a mapping; write one value there";
    return {};
}

std::string unknown_key(std::string const& key, std::span<std::string const> keys)
{
    auto const meant = nearest_name(key, keys);
    auto const advice =
        meant.empty() ? "remove it, or see the names in --help" : "did you mean '" + meant + "'?";
    return "there is no such option; " + advice;
}

/// How many letters are to be put in, taken out or changed (Levenshtein's distance).
std::size_t distance(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), 0u);
    for (std::size_t i = 0; i < from.size(); ++i)
    {
        auto diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < to.size(); ++j)
        {
            auto const changed = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

/// A name's letters and digits, small.
std::string letters(std::string_view name)
{
    auto out = ascii_lower(name);
    std::erase_if(out, [](char c) { return c == '-' || c == '_'; });
    return out;
}

}  // namespace

std::string nearest_name(std::string_view mistyped, std::span<std::string const> names)
{
    constexpr std::size_t longest = 64;
    constexpr std::size_t farthest = 2;
    auto const given = letters(mistyped.substr(0, longest));
    std::string nearest;
    auto least = farthest + 1;
    for (auto const& name : names)
    {
        auto const wanted = letters(name);
        auto const far = distance(given, wanted);
        // Two changes make one short word another.
        if (far >= least || far * 3 > wanted.size())
            continue;
        least = far;
        nearest = name;
    }
    return nearest;
}

result<std::vector<file_setting>> parse_config_file(
    std::string const& name, std::string const& text, std::span<std::string const> keys
)
{
    auto const documents = load(name, text);
    if (!documents)
        return documents.error();
    std::vector<file_setting> settings;
    if (documents->empty())
        return settings;
    if (documents->size() > 1)
        return refuse(
            place(name, (*documents)[1].Mark()), "a second document; remove the line '---' above it"
        );
    auto const& root = documents->front();
    if (!root.IsNull() && !root.IsMap())
        return refuse(place(name, root.Mark()), "is not a mapping; write lines like 'log-level: debug'");
    for (auto const& item : root)
    {
        auto const line = place(name, item.first.Mark());
        if (!item.first.IsScalar())
            return refuse(line, "a key is not a text; write lines like 'log-level: debug'");
        auto const& key = item.first.Scalar();
        // A quote left open swallows the lines below: show the first only.
        auto const where = line + ", key '" + printable(key.substr(0, key.find(": ")), 80) + "'";
        if (std::find(keys.begin(), keys.end(), key) == keys.end())
            return refuse(where, unknown_key(key, keys));
        for (auto const& earlier : settings)
            if (earlier.key == key)
                return refuse(where, "stands there more than once; keep one");
        if (auto const why = value_problem(item.second); !why.empty())
            return refuse(where, why);
        settings.push_back({key, item.second.Scalar(), where});
    }
    return settings;
}

}  // namespace tcr::app
