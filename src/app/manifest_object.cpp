// SPDX-License-Identifier: Apache-2.0
#include "manifest_object.hpp"

#include "config_file.hpp"
#include <tcr/kube/names.hpp>
#include <tcr/util/strings.hpp>

#include <boost/algorithm/string/join.hpp>

#include <algorithm>
#include <set>
#include <span>

namespace tcr::app
{
namespace
{

using cr_values = controller::image_pull_secret_values;
using kind = yaml_value::kind;

/// The part of a key that messages may show. The rest may be a value: in "{password:secret}",
/// "password:secret" is one key.
std::string shown_key(std::string_view key)
{
    return printable(key.substr(0, key.find_first_of(": \t\r\n")), 40);
}

std::string unknown_field(std::string const& key, std::vector<std::string> const& known)
{
    auto const meant = nearest_name(key, known);
    if (!meant.empty())
        return "unknown field; did you mean \"" + meant + "\"?";
    return "unknown field; the known ones are " + boost::algorithm::join(known, ", ");
}

/// Why a value is not a text; empty if it is one. The message does not contain the value, because it may be a
/// password.
std::string type_problem(yaml_value const& value)
{
    switch (value.what)
    {
        case kind::number:
            return "is a number; put it in quotes";
        case kind::boolean:
            return "is a boolean, as Kubernetes reads true, yes, on, y and their opposites; put it in quotes";
        case kind::null:
            return "has no value; write one, in quotes if it is empty";
        case kind::list:
            return "is a list; write a text";
        case kind::map:
            return "is a mapping; write a text";
        case kind::text:
            break;
    }
    return {};
}

void ignore_value(cr_values&, std::string_view, std::string_view) {}

/// The fields outside of the spec and the status. A field that has neither a function nor fields below it may
/// have any value. Objects from a cluster contain such fields, because the API server sets most of them.
constexpr kube::field<cr_values> metadata_fields[] = {
    {"apiVersion"},
    {"kind"},
    {.path = "metadata", .is_required = true},
    {"metadata.name", [](auto& cr, auto, auto text) { cr.name = text; }},
    {"metadata.generateName", [](auto& cr, auto, auto text) { cr.name_base = text; }},
    {"metadata.namespace", ignore_value},
    {"metadata.labels.*", ignore_value},
    {"metadata.annotations.*", ignore_value},
    {"metadata.uid"},
    {"metadata.resourceVersion"},
    {"metadata.generation"},
    {"metadata.creationTimestamp"},
    {"metadata.deletionTimestamp"},
    {"metadata.deletionGracePeriodSeconds"},
    {"metadata.finalizers"},
    {"metadata.ownerReferences"},
    {"metadata.managedFields"},
    {"metadata.selfLink"},
    {.path = "spec", .is_required = true},
};

constexpr kube::field<cr_values> status_field[] = {{"status"}};

/// A field, and its path split into steps.
struct placed_field
{
    std::vector<std::string> steps;
    kube::field<cr_values> const* rule;
};

/// The fields at a path and below it, in the order of the tables.
using field_range = std::span<placed_field const>;

field_range all_fields()
{
    static auto const all = []
    {
        std::vector<placed_field> list;
        for (kube::field_table<cr_values> table :
             {kube::field_table<cr_values>(metadata_fields),
              controller::image_pull_secret_spec_fields(),
              kube::field_table<cr_values>(status_field)})
            for (auto const& each : table)
                list.push_back({each.path.steps(), &each});
        return list;
    }();
    return all;
}

/// Reads one ImagePullSecret. In the functions of this class, `path` is the path of the current value, as
/// messages show it, and `depth` is the number of steps in that path.
class object_reader
{
public:
    manifest_object read(yaml_value const& root)
    {
        object_.line = root.line;
        read_value(root, {}, all_fields(), 0);
        // The API server cuts generateName to 58 characters and appends five random characters.
        constexpr std::size_t max_base = 58;
        object_.has_generated_name = values_.name.empty() && !values_.name_base.empty();
        if (object_.has_generated_name)
            values_.name = values_.name_base.substr(0, max_base) + "xxxxx";
        object_.cr = std::move(values_);
        return std::move(object_);
    }

private:
    void report(std::size_t line, std::string field, std::string message, bool is_warning = false)
    {
        object_.diagnostics.push_back({line, {std::move(field), std::move(message)}, is_warning});
    }

    /// Whether a value is a mapping. If it is not, adds a diagnostic.
    bool is_map(yaml_value const& value, std::string const& path)
    {
        if (value.what != kind::map)
            report(
                line_of(path, value), path, "must be a mapping, with lines such as \"name: value\" below it"
            );
        return value.what == kind::map;
    }

    static std::string join(std::string const& path, std::string const& name)
    {
        return path.empty() ? name : path + "." + name;
    }

    /// The line of a field's key if it is known, otherwise the line of its value.
    std::size_t line_of(std::string const& path, yaml_value const& value) const
    {
        auto const known = object_.lines.find(path);
        return known == object_.lines.end() ? value.line : known->second;
    }

    void read_value(yaml_value const& value, std::string const& path, field_range known, std::size_t depth)
    {
        auto const* own = known.front().steps.size() == depth ? known.front().rule : nullptr;
        auto const below = own != nullptr ? known.subspan(1) : known;
        if (own != nullptr && own->open != nullptr)
            own->open(values_);
        if (below.empty())
            return read_text(value, path, *own);
        auto const& step = below.front().steps[depth];
        if (step == "[]")
            read_list(value, path, below, depth);
        else if (step == "*")
            read_texts_by_key(value, path, *below.front().rule);
        else
            read_map(value, path, below, depth);
    }

    void read_text(yaml_value const& value, std::string const& path, kube::field<cr_values> const& rule)
    {
        if (rule.set == nullptr)
            return;
        if (value.what == kind::list && rule.is_name_list)
            report(line_of(path, value), path, "is a list; write the names in one text, separated by commas");
        else if (value.what != kind::text)
            report(line_of(path, value), path, type_problem(value));
        // Store an unusable value as an empty text. If it is an entry of a list, later entries thus keep
        // their index.
        rule.set(values_, {}, value.what == kind::text ? value.text : std::string());
    }

    void read_list(yaml_value const& list, std::string const& path, field_range below, std::size_t depth)
    {
        if (list.what != kind::list)
            return report(
                line_of(path, list), path, "must be a list, each entry in a line that begins with \"- \""
            );
        for (std::size_t i = 0; i < list.items.size(); ++i)
        {
            auto const entry = path + "[" + std::to_string(i) + "]";
            auto const& value = *list.items[i].value;
            object_.lines[entry] = value.line;
            read_value(value, entry, below, depth + 1);
        }
    }

    void read_map(yaml_value const& map, std::string const& path, field_range below, std::size_t depth)
    {
        if (!is_map(map, path))
            return;
        std::vector<std::string> names;
        std::vector<field_range> members;
        for (auto rest = below; !rest.empty(); rest = rest.subspan(members.back().size()))
        {
            names.push_back(rest.front().steps[depth]);
            auto const is_other = [&](placed_field const& each) { return each.steps[depth] != names.back(); };
            members.emplace_back(rest.begin(), std::ranges::find_if(rest, is_other));
        }
        std::set<std::string_view> seen;
        for (auto const& [key, value] : map.items)
        {
            auto const found = std::ranges::find(names, key->text);
            auto const field = join(path, key->text);
            if (key->what != kind::text || found == names.end())
                report(key->line, join(path, shown_key(key->text)), unknown_field(key->text, names));
            else if (!seen.insert(key->text).second)
                report(key->line, field, "is given more than once; keep one");
            else
            {
                object_.lines[field] = key->line;
                if (value->what != kind::null)
                    read_value(
                        *value, field, members[static_cast<std::size_t>(found - names.begin())], depth + 1
                    );
            }
        }
        for (auto const& member : members)
        {
            auto const& [steps, rule] = member.front();
            auto const* value = map.find(steps[depth]);
            if (steps.size() == depth + 1 && rule->is_required &&
                (value == nullptr || value->what == kind::null))
                report(
                    value == nullptr ? line_of(path, map) : object_.line_of(join(path, steps[depth])),
                    join(path, steps[depth]),
                    "must be given"
                );
        }
    }

    /// Reads a mapping whose keys are arbitrary and whose values are texts.
    void read_texts_by_key(yaml_value const& map, std::string const& path, kube::field<cr_values> const& rule)
    {
        if (!is_map(map, path))
            return;
        std::set<std::string_view> seen;
        for (auto const& [key, value] : map.items)
        {
            auto const shown = join(path, shown_key(key->text));
            object_.lines[path + "." + key->text] = key->line;
            if (key->what == kind::list || key->what == kind::map)
                report(key->line, path, "has a key that is not a text");
            else if (!seen.insert(key->text).second)
                report(key->line, shown, "is given more than once; keep one");
            else if (value->what == kind::null)
                // The API server drops the entry without a message.
                report(
                    key->line,
                    shown,
                    "has no value, so Kubernetes drops it; write \"\" for the empty value",
                    true
                );
            else if (value->what != kind::text)
                report(key->line, shown, type_problem(*value));
            else if (path == "metadata.labels" && !is_label(key->text, value->text))
                report(
                    key->line,
                    shown,
                    "is not a label: keys and values have at most 63 letters, digits, and \"-\", \"_\" or "
                    "\".\" between them"
                );
            else
                rule.set(values_, key->text, value->text);
        }
    }

    static bool is_label(std::string const& key, std::string const& value)
    {
        return kube::is_qualified_name(key) && kube::is_label_value(value);
    }

    manifest_object object_;
    cr_values values_;
};

}  // namespace

std::size_t manifest_object::line_of(std::string field) const
{
    while (!field.empty())
    {
        if (auto const known = lines.find(field); known != lines.end())
            return known->second;
        auto const end = field.find_last_of(".[");
        field.resize(end == std::string::npos ? 0 : end);
    }
    return line;
}

manifest_object read_image_pull_secret(yaml_value const& root)
{
    return object_reader().read(root);
}

}  // namespace tcr::app
