#pragma once

// The only parser of YAML and JSON files in this program. Every file is treated as hostile input: a budget
// bounds memory and time for any text.

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr
{

/// A value in a YAML file, with its line. Unquoted words get the types that kubectl gives them: it reads YAML
/// 1.1 (go-yaml v2, through sigs.k8s.io/yaml), where `yes` is a boolean and `010` a number.
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
        yaml_value const* key = nullptr;  ///< null in a list
        yaml_value const* value = nullptr;
    };

    kind what = kind::null;
    std::size_t line = 0;  ///< from 1; 0: the value is not from a file
    std::string text;      ///< as written, without quotes
    std::vector<item> items;

    bool is_null() const { return what == kind::null; }
    bool is_list() const { return what == kind::list; }
    bool is_map() const { return what == kind::map; }
    /// Boolean, number or text: the value is `text`.
    bool is_scalar() const { return !is_null() && !is_list() && !is_map(); }

    /// The value of a plain or quoted key; null if there is none. Of several equal keys the last one counts,
    /// as with kubectl.
    yaml_value const* find(std::string_view key) const;
};

/// true or false for the words of YAML 1.1 (`yes`, `Off`, `y`, ...), nothing for other words.
std::optional<bool> yaml_boolean(std::string_view text);

/// Why the rest of a file cannot be read.
struct yaml_problem
{
    std::size_t line = 0;  ///< from 1
    std::string message;   ///< a predicate: "is not YAML: ..."; contains no text of the file
};

/// Limits for one file. The defaults are for configuration.
struct yaml_budget
{
    std::size_t bytes = 1 << 20;
    std::size_t depth = 64;         ///< of nested lists and mappings
    std::size_t values = 50'000;    ///< keys included
    std::size_t aliased = 1 << 20;  ///< bytes of text that aliases repeat

    /// Max indicators (brackets, quotes and others) that yaml-cpp reads ahead before it reports a value. It
    /// reads a whole list or mapping in brackets before it decides whether that is a key. Each indicator
    /// costs up to 120 bytes of memory; an opening bracket costs, and counts, twice that.
    std::size_t pending = 32'768;
};

/// How many documents a file may have.
enum class yaml_documents
{
    one,  ///< a second one is a problem
    several
};

/// A file's documents, up to the first problem.
struct yaml_file
{
    std::deque<yaml_value> values;             ///< owns all values
    std::vector<yaml_value const*> documents;  ///< an empty one is a null value
    std::optional<yaml_problem> problem;

    /// The first document; null if there is none or it is empty.
    yaml_value const* root() const;
};

/// Parses YAML or JSON and applies merges (`<<`). An alias points to its value instead of copying it. Accepts
/// any bytes and always returns: exceeding the budget is a problem, and so is text outside of all documents.
yaml_file parse_yaml(std::string const& text, yaml_documents how_many, yaml_budget const& budget = {});

}  // namespace tcr
