// SPDX-License-Identifier: Apache-2.0
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

/// A value in a YAML file, with its line. Unquoted words have the same types as in kubectl. kubectl reads
/// YAML 1.1 (go-yaml v2, through sigs.k8s.io/yaml), in which `yes` is a boolean and `010` is a number.
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
        yaml_value const* key = nullptr;  ///< nullptr in a list
        yaml_value const* value = nullptr;
    };

    kind what = kind::null;
    std::size_t line = 0;  ///< from 1; 0: the value is not from a file
    std::string text;      ///< text of a scalar, without quotes and with escapes decoded
    std::vector<item> items;

    bool is_null() const { return what == kind::null; }
    bool is_list() const { return what == kind::list; }
    bool is_map() const { return what == kind::map; }
    /// Whether the value is a boolean, a number or a text. `text` then contains the value.
    bool is_scalar() const { return !is_null() && !is_list() && !is_map(); }

    /// Returns the value of `key` in a mapping, whether the key is quoted or not; nullptr if there is none.
    /// If a key occurs several times, returns the value of the last one, as kubectl does.
    yaml_value const* find(std::string_view key) const;
};

/// Parses a boolean of YAML 1.1 (`yes`, `Off`, `y`, ...). \return nullopt for any other word.
std::optional<bool> yaml_boolean(std::string_view text);

/// Why the rest of a file cannot be read.
struct yaml_problem
{
    std::size_t line = 0;  ///< from 1
    std::string message;   ///< such as "is not YAML: ..."; contains no text of the file
};

/// Limits for one file. The defaults are for configuration files.
struct yaml_budget
{
    std::size_t bytes = 1 << 20;
    std::size_t depth = 64;       ///< max nesting of lists and mappings
    std::size_t values = 50'000;  ///< max values, including keys, aliases and merged members

    /// Max total size of the values that aliases repeat. The size of a scalar is the length of its text. The
    /// size of a list or mapping is the sum of the sizes of its keys and values, plus 16 for each of them.
    std::size_t aliased = 1 << 20;

    /// Max number of indicators (brackets, quotes and others) that yaml-cpp has read before it reports a
    /// value. yaml-cpp reads a list or mapping in brackets to its end before it decides whether the list or
    /// mapping is a key. Each indicator needs up to 120 bytes of memory. An opening bracket needs twice as
    /// much, so it counts twice.
    std::size_t pending = 32'768;
};

/// How many documents a file may have.
enum class yaml_documents
{
    one,  ///< a second document is a problem
    several
};

/// The documents of a file, up to the first problem.
struct yaml_file
{
    std::deque<yaml_value> values;             ///< owns all values
    std::vector<yaml_value const*> documents;  ///< an empty document is a null value
    std::optional<yaml_problem> problem;

    /// Returns the value of the first document; nullptr if there is no document or this value is null.
    yaml_value const* root() const;
};

/// Parses YAML or JSON and applies merges (`<<`). An alias points to its value and does not copy it. `text`
/// may be any bytes. Stops at the first problem and reports it in `yaml_file::problem`. Problems are:
/// - bytes that are not UTF-8 text, or control characters;
/// - text that is not YAML, or that has directives but no document;
/// - an alias inside the value that it stands for;
/// - a second document, if only one is allowed;
/// - an exceeded budget.
yaml_file parse_yaml(std::string const& text, yaml_documents how_many, yaml_budget const& budget = {});

}  // namespace tcr
