// SPDX-License-Identifier: Apache-2.0
#include <tcr/app/output.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

namespace tcr::app
{
namespace
{

namespace json = boost::json;

bool is_block(json::value const& value)
{
    return (value.is_object() && !value.get_object().empty()) ||
           (value.is_array() && !value.get_array().empty());
}

/// The text of a value that is no block, as JSON.
std::string scalar_text(json::value const& value)
{
    return value.is_string() ? json_quoted(value.get_string()) : json::serialize(value);
}

void write_json(std::string& out, json::value const& value, std::string const& indent)
{
    auto const inner = indent + "    ";
    auto const write_all = [&](auto const& members, char open, char close, auto const& write)
    {
        char separator = open;
        for (auto const& each : members)
        {
            out.append(1, separator).append("\n").append(inner);
            write(each);
            separator = ',';
        }
        out.append("\n").append(indent).append(1, close);
    };
    if (!is_block(value))
        out += scalar_text(value);
    else if (auto const* list = value.if_array())
        write_all(*list, '[', ']', [&](auto const& each) { write_json(out, each, inner); });
    else
        write_all(
            value.get_object(),
            '{',
            '}',
            [&](auto const& each)
            {
                out += json_quoted(each.key()) + ": ";
                write_json(out, each.value(), inner);
            }
        );
}

/// Appends a value to `out` as YAML, with `indent` before each line except the first. Writes texts as in
/// JSON, which YAML accepts. Keys are plain words, so they need no quotes.
void write_yaml(std::string& out, json::value const& value, std::string const& indent)
{
    auto const write_all = [&](auto const& members, auto const& write)
    {
        bool is_first = true;
        for (auto const& each : members)
        {
            if (!std::exchange(is_first, false))
                out.append("\n").append(indent);
            write(each);
        }
    };
    if (!is_block(value))
        out += scalar_text(value);
    else if (auto const* list = value.if_array())
        write_all(
            *list,
            [&](auto const& each)
            {
                out += "- ";
                write_yaml(out, each, indent + "  ");
            }
        );
    else
        write_all(
            value.get_object(),
            [&](auto const& each)
            {
                auto const inner = each.value().is_object() ? indent + "  " : indent;
                out += std::string(each.key()) + ":" + (is_block(each.value()) ? "\n" + inner : " ");
                write_yaml(out, each.value(), inner);
            }
        );
}

}  // namespace

std::string_view name_of(output_format format)
{
    constexpr std::string_view words[] = {"table", "json", "yaml"};
    return words[static_cast<std::size_t>(format)];
}

json::object finding_object(
    std::string_view level, std::initializer_list<std::pair<std::string_view, std::string_view>> members
)
{
    json::object object;
    object["level"] = level;
    for (auto const& [name, text] : members)
        if (!text.empty())
            object[name] = text;
    return object;
}

std::string document_text(json::object const& document, output_format format)
{
    std::string text;
    if (format == output_format::json)
        write_json(text, document, {});
    else
        write_yaml(text, document, {});
    return text + "\n";
}

}  // namespace tcr::app
