#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace tcr::app
{

/// A value in a YAML file, with its place. Plain words are what kubectl takes them for: it reads YAML 1.1 (go-yaml
/// v2, through sigs.k8s.io/yaml), where `yes` is a boolean and `010` a number.
struct yaml_value
{
    enum class kind
    {
        null,
        boolean,
        number,
        text,
        list,
        map
    };
    struct item
    {
        yaml_value const* key = nullptr;  ///< of a mapping only
        yaml_value const* value = nullptr;
    };

    kind what = kind::null;
    std::size_t line = 0;  ///< from 1
    std::string text;      ///< as it stands there, without quotes
    std::vector<item> items;

    /// The value of a key that is a plain or quoted word; null where there is none. The last one counts, as with kubectl.
    yaml_value const* find(std::string_view key) const;
};

/// Why the rest of a file cannot be read.
struct yaml_problem
{
    std::size_t line = 0;  ///< from 1
    std::string message;   ///< shows no text of the file
};

/// A file's documents, up to the first that is no YAML.
struct yaml_file
{
    std::deque<yaml_value> values;  ///< owns all of them
    std::vector<yaml_value const*> documents;
    std::optional<yaml_problem> problem;
};

/// Reads YAML or JSON, several documents too; merges (`<<`) are carried out. Aliases are not copied, and there are bounds
/// for nesting, values and what aliases stand for: whatever the text is, memory stays below 200 times its size (one
/// line full of brackets), and some ten times where somebody wrote it to be read.
yaml_file parse_yaml(std::string const& text);

}  // namespace tcr::app
