// SPDX-License-Identifier: Apache-2.0
#include "config_file.hpp"

#include <tcr/kube/errc.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/yaml.hpp>

#include <algorithm>
#include <numeric>

namespace tcr::app
{
namespace
{

/// Returns the place for messages, such as "config /path, line 7".
std::string location(std::string const& name, std::size_t line)
{
    return name + ", line " + std::to_string(line);
}

error refuse(std::string const& where, std::string const& why)
{
    return error(kube::errc::bad_config, where + ": " + why);
}

/// Why no option accepts the value; empty if an option may accept it.
std::string value_problem(yaml_value const& value)
{
    if (value.is_null())
        return "has no value; write one, or remove the line";
    if (value.is_list())
        return "is a list; write one value there";
    if (value.is_map())
        return "is a mapping; write one value there";
    return {};
}

std::string unknown_option(std::string const& key, std::span<std::string const> keys)
{
    auto const meant = nearest_name(key, keys);
    return "unknown option; " +
           (meant.empty() ? "remove it, or see the names in --help" : "did you mean '" + meant + "'?");
}

/// The Levenshtein distance: the min number of letters to insert, remove or change.
std::size_t edit_distance(std::string_view from, std::string_view to)
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

/// The name in lower case, without dashes and underscores.
std::string normalized(std::string_view name)
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
    auto const given = normalized(mistyped.substr(0, longest));
    std::string nearest;
    auto least = farthest + 1;
    for (auto const& name : names)
    {
        auto const wanted = normalized(name);
        auto const far = edit_distance(given, wanted);
        // Allow one change per three letters. With more, a short word could match a different word.
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
    auto const file = parse_yaml(text, yaml_documents::one);
    if (file.problem)
        return refuse(location(name, file.problem->line), file.problem->message);
    std::vector<file_setting> settings;
    auto const* root = file.root();
    if (root == nullptr)
        return settings;
    if (!root->is_map())
        return refuse(location(name, root->line), "is not a mapping; write lines like 'log-level: debug'");
    for (auto const& [name_of_option, value] : root->items)
    {
        auto const line = location(name, name_of_option->line);
        if (!name_of_option->is_scalar())
            return refuse(line, "a key is not a text; write lines like 'log-level: debug'");
        auto const& key = name_of_option->text;
        // After a missing closing quote, the key contains the next lines: show only the part before the first
        // colon.
        auto const where = line + ", key '" + printable(key.substr(0, key.find(": ")), 80) + "'";
        if (std::find(keys.begin(), keys.end(), key) == keys.end())
            return refuse(where, unknown_option(key, keys));
        for (auto const& earlier : settings)
            if (earlier.key == key)
                return refuse(where, "is given more than once; keep one");
        if (auto const why = value_problem(*value); !why.empty())
            return refuse(where, why);
        settings.push_back({key, value->text, where});
    }
    return settings;
}

}  // namespace tcr::app
