#include "manifest_object.hpp"

#include <tcr/app/config_file.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <functional>
#include <set>
#include <span>

namespace tcr::app
{
namespace
{

using controller::label_selector;
using kind = yaml_value::kind;

/// A key as a path may show it. A value may have slipped into it: "{password:secret}" is one key.
std::string shown_key(std::string_view key)
{
    return printable(key.substr(0, key.find_first_of(": \t\r\n")), 40);
}

std::string unknown_key(std::string const& key, std::span<std::string const> known)
{
    auto const meant = nearest_name(key, known);
    if (!meant.empty())
        return "there is no such field; did you mean \"" + meant + "\"?";
    std::string all;
    for (auto const& each : known)
        all += (all.empty() ? "" : ", ") + each;
    return "there is no such field; there are " + all;
}

/// What a value is that should be a text. The value is not shown: it may be a password.
std::string no_text(yaml_value const& value)
{
    switch (value.what)
    {
        case kind::number:
            return "is a number; put it in quotes";
        case kind::boolean:
            return "is a boolean, which is how Kubernetes reads true, yes, on, y and their opposites; put it "
                   "in quotes";
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

/// One field of a mapping.
struct member
{
    std::string name;
    std::function<void(yaml_value const& value, std::string const& field)> read;  ///< never told of null
    bool is_required = false;
};

/// Reads one ImagePullSecret.
class object_reader
{
public:
    manifest_object read(yaml_value const& root)
    {
        object_.line = root.line;
        read_map(
            root,
            {},
            {{"apiVersion", ignore, false},
             {"kind", ignore, false},
             {"metadata",
              [this](auto const& value, auto const& field) { read_metadata(value, field); },
              true},
             {"spec", [this](auto const& value, auto const& field) { read_spec(value, field); }, true},
             {"status", ignore, false}}
        );
        return std::move(object_);
    }

private:
    static void ignore(yaml_value const&, std::string const&) {}

    void remark(std::size_t line, std::string field, std::string message, bool is_warning = false)
    {
        object_.remarks.push_back({line, {std::move(field), std::move(message)}, is_warning});
    }

    /// Reads the members of a mapping, which stands at `field`.
    void read_map(yaml_value const& map, std::string const& field, std::vector<member> const& members)
    {
        if (map.what != kind::map)
            return remark(
                place_of(field, map), field, "must be a mapping, with lines such as \"name: value\" below it"
            );
        std::vector<std::string> known;
        for (auto const& each : members)
            known.push_back(each.name);
        std::set<std::string_view> seen;
        for (auto const& [key, value] : map.items)
        {
            auto const found = std::find(known.begin(), known.end(), key->text);
            auto const path = join(field, key->text);
            if (key->what != kind::text || found == known.end())
                remark(key->line, join(field, shown_key(key->text)), unknown_key(key->text, known));
            else if (!seen.insert(key->text).second)
                remark(key->line, path, "stands there more than once; keep one");
            else
            {
                object_.lines[path] = key->line;
                if (value->what != kind::null)
                    members[static_cast<std::size_t>(found - known.begin())].read(*value, path);
            }
        }
        for (auto const& each : members)
            if (auto const* value = map.find(each.name);
                each.is_required && (value == nullptr || value->what == kind::null))
                remark(
                    value == nullptr ? place_of(field, map) : object_.line_of(join(field, each.name)),
                    join(field, each.name),
                    "must be given"
                );
    }

    static std::string join(std::string const& field, std::string const& name)
    {
        return field.empty() ? name : field + "." + name;
    }

    /// Where a field's key stands, or else its value.
    std::size_t place_of(std::string const& field, yaml_value const& value) const
    {
        auto const known = object_.lines.find(field);
        return known == object_.lines.end() ? value.line : known->second;
    }

    void read_text(yaml_value const& value, std::string const& field, std::string& out)
    {
        if (value.what == kind::text)
            out = value.text;
        else
            remark(place_of(field, value), field, no_text(value));
    }

    member text(std::string name, std::string& out, bool is_required = false)
    {
        return {
            std::move(name),
            [this, &out](auto const& value, auto const& field) { read_text(value, field, out); },
            is_required};
    }

    /// A list of names in one text, which one easily takes for a list of YAML.
    member names(std::string name, std::string& out)
    {
        return {
            std::move(name),
            [this, &out](yaml_value const& value, std::string const& field)
            {
                if (value.what == kind::list)
                    remark(
                        place_of(field, value),
                        field,
                        "is a list; write the names in one text, separated by commas"
                    );
                else
                    read_text(value, field, out);
            },
            false};
    }

    void read_list(
        yaml_value const& list,
        std::string const& field,
        std::function<void(yaml_value const&, std::string const&)> const& read_entry
    )
    {
        if (list.what != kind::list)
            return remark(
                place_of(field, list), field, "must be a list, each entry in a line that begins with \"- \""
            );
        for (std::size_t i = 0; i < list.items.size(); ++i)
        {
            auto const entry = field + "[" + std::to_string(i) + "]";
            auto const& value = *list.items[i].value;
            object_.lines[entry] = value.line;
            read_entry(value, entry);
        }
    }

    member texts(std::string name, std::vector<std::string>& out)
    {
        return {
            std::move(name),
            [this, &out](yaml_value const& list, std::string const& field)
            {
                read_list(
                    list,
                    field,
                    [&](yaml_value const& value, std::string const& entry)
                    {
                        out.emplace_back();
                        read_text(value, entry, out.back());
                    }
                );
            },
            false};
    }

    /// A mapping from keys to texts.
    void read_texts_by_key(
        yaml_value const& map,
        std::string const& field,
        std::function<void(std::string const& key, std::string const& value)> const& take
    )
    {
        if (map.what != kind::map)
            return remark(
                place_of(field, map), field, "must be a mapping, with lines such as \"name: value\" below it"
            );
        std::set<std::string_view> seen;
        for (auto const& [key, value] : map.items)
        {
            auto const path = field + "." + key->text;
            object_.lines[path] = key->line;
            if (key->what == kind::list || key->what == kind::map)
                remark(key->line, field, "has a key that is no text");
            else if (!seen.insert(key->text).second)
                remark(key->line, join(field, shown_key(key->text)), "stands there more than once; keep one");
            else if (value->what == kind::null)
                // The API server does the same, and says nothing.
                remark(
                    key->line,
                    join(field, shown_key(key->text)),
                    "has no value, and is left out by Kubernetes; write \"\" for the empty value",
                    true
                );
            else if (value->what != kind::text)
                remark(key->line, join(field, shown_key(key->text)), no_text(*value));
            else
                take(key->text, value->text);
        }
    }

    void read_metadata(yaml_value const& value, std::string const& path)
    {
        std::string base;
        std::string ignored;
        auto const no_credential_here = [this](yaml_value const& map, std::string const& field)
        { read_texts_by_key(map, field, [](auto const&, auto const&) {}); };
        // metav1.ObjectMeta. What the server sets is there in objects that were read from it.
        std::vector<member> members{
            text("name", object_.cr.name),
            text("generateName", base),
            text("namespace", ignored),
            {"labels",
             [this](yaml_value const& map, std::string const& field) { read_labels(map, field); },
             false},
            {"annotations", no_credential_here, false}};
        for (auto const* name :
             {"uid",
              "resourceVersion",
              "generation",
              "creationTimestamp",
              "deletionTimestamp",
              "deletionGracePeriodSeconds",
              "finalizers",
              "ownerReferences",
              "managedFields",
              "selfLink"})
            members.push_back({name, ignore, false});
        read_map(value, path, members);
        if (!object_.cr.name.empty() || base.empty())
            return;
        // The API server cuts the base to 58 characters and adds five.
        constexpr std::size_t longest_base = 58;
        object_.cr.name = base.substr(0, longest_base) + "xxxxx";
        object_.has_generated_name = true;
    }

    void read_labels(yaml_value const& map, std::string const& path)
    {
        read_texts_by_key(
            map,
            path,
            [&](std::string const& key, std::string const& value)
            {
                if (!kube::is_qualified_name(key) || !kube::is_label_value(value))
                    remark(
                        object_.line_of(path + "." + key),
                        join(path, shown_key(key)),
                        "is no label: keys and values have at most 63 letters, digits, and \"-\", \"_\" or "
                        "\".\" "
                        "between them"
                    );
            }
        );
    }

    void read_spec(yaml_value const& value, std::string const& path)
    {
        auto& spec = object_.cr.spec;
        read_map(
            value,
            path,
            {names("namespaces", spec.namespaces),
             names("serviceAccounts", spec.service_accounts),
             {"namespaceSelector",
              [this](auto const& map, auto const& field) { read_selector(map, field); },
              false},
             texts("excludedNamespaces", spec.excluded_namespaces),
             {"docker",
              [this, &spec](auto const& map, auto const& field)
              {
                  read_map(
                      map,
                      field,
                      {text("server", spec.server, true),
                       text("username", spec.username),
                       text("password", spec.password),
                       {"passwordSecretRef",
                        [this, &spec](auto const& reference, auto const& at)
                        {
                            auto& from = spec.password_from.emplace();
                            read_map(reference, at, {text("name", from.name, true), text("key", from.key)});
                        },
                        false}}
                  );
              },
              true},
             {"tcr",
              [this, &spec](auto const& map, auto const& field)
              {
                  auto& source = spec.tcr.emplace();
                  read_map(
                      map,
                      field,
                      {text("registryId", source.registry_id, true),
                       text("region", source.region, true),
                       text("tokenType", source.token_type)}
                  );
              },
              false}}
        );
    }

    void read_selector(yaml_value const& value, std::string const& path)
    {
        auto& requirements = object_.cr.spec.namespace_selector.requirements;
        auto const read_label = [&requirements](std::string const& key, std::string const& text) {
            requirements.push_back({key, label_selector::op::in, {text}, true});
        };
        auto const read_expression = [this, &requirements](yaml_value const& map, std::string const& field)
        {
            label_selector::requirement expression;
            std::string word;
            read_map(
                map,
                field,
                {text("key", expression.key, true),
                 text("operator", word, true),
                 texts("values", expression.values)}
            );
            expression.how = label_selector::operator_of(word);
            requirements.push_back(std::move(expression));
        };
        read_map(
            value,
            path,
            {{"matchLabels",
              [&](auto const& map, auto const& field) { read_texts_by_key(map, field, read_label); },
              false},
             {"matchExpressions",
              [&](auto const& list, auto const& field) { read_list(list, field, read_expression); },
              false}}
        );
    }

    manifest_object object_;
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
