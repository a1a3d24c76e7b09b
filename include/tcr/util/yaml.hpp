#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The only reader of YAML and JSON files in this program. Every file is hostile input: memory and time are
// bounded by a budget, whatever the text is.
namespace tcr
{

/// A value in a YAML file, with its place. Plain words have the types that kubectl gives them: it reads YAML
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
        yaml_value const* key = nullptr;  ///< of a mapping only
        yaml_value const* value = nullptr;
    };

    kind what = kind::null;
    std::size_t line = 0;  ///< from 1; 0: the value stands in no file
    std::string text;      ///< as it stands there, without quotes
    std::vector<item> items;

    bool is_null() const { return what == kind::null; }
    bool is_list() const { return what == kind::list; }
    bool is_map() const { return what == kind::map; }
    /// Boolean, number or text: the value is `text`.
    bool is_scalar() const { return !is_null() && !is_list() && !is_map(); }

    /// The value of a key that is a plain or quoted word; null where there is none. The last one counts, as
    /// with kubectl.
    yaml_value const* find(std::string_view key) const;
};

/// true or false for the words of YAML 1.1 (`yes`, `Off`, `y`, ...), nothing for other words.
std::optional<bool> yaml_boolean(std::string_view text);

/// Why the rest of a file cannot be read.
struct yaml_problem
{
    std::size_t line = 0;  ///< from 1
    std::string message;   ///< a predicate: "is not YAML: ..."; shows no text of the file
};

/// What a file may cost. The defaults are for configuration.
struct yaml_budget
{
    std::size_t bytes = 1 << 20;
    std::size_t depth = 64;         ///< of lists and mappings within each other
    std::size_t values = 50'000;    ///< keys included
    std::size_t aliased = 1 << 20;  ///< bytes of text that aliases stand for

    /// Brackets, quotes and other indicators that yaml-cpp reads ahead before it reports a value: it reads a
    /// list or mapping in brackets whole before it decides whether that is a key. Each costs up to 120 bytes
    /// of memory; an opening bracket costs, and counts, twice that.
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
    std::deque<yaml_value> values;             ///< owns all of them
    std::vector<yaml_value const*> documents;  ///< an empty one is a null value
    std::optional<yaml_problem> problem;

    /// The first document; null where there is none or where it is empty.
    yaml_value const* root() const;
};

/// Reads YAML or JSON; merges (`<<`) are carried out. Aliases are not copied. Takes any bytes and always
/// returns: what exceeds the budget is a problem, and so is text that belongs to no document.
yaml_file parse_yaml(std::string const& text, yaml_documents how_many, yaml_budget const& budget = {});

}  // namespace tcr
