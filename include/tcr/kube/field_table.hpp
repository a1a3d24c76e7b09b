// SPDX-License-Identifier: Apache-2.0
#pragma once

// Field tables: for each type that is read from JSON or YAML, the paths of its fields and the functions that
// store their values.

#include <tcr/kube/object_stream.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tcr::kube
{

/// The path of a field, such as "spec.docker.server". "entries[]" matches each element of an array.
/// "labels.*" matches the value of each key.
struct field_path
{
    /// `last_key` is one more key at the end of the path. It may contain dots.
    constexpr field_path(char const* dotted, std::string_view last_key = {}) : text(dotted), last(last_key) {}

    /// Splits the path into keys, in the form of `skim_path::path`.
    std::vector<std::string> steps() const;

    std::string_view text;
    std::string_view last;
};

/// One field of a T. Its functions correspond to functions of `skim_handler`. A field without functions is
/// skipped.
template <class T>
struct field
{
    field_path path;

    /// Called with a text, number or boolean. `key` is the key that "*" in the path matched.
    void (*set)(T& into, std::string_view key, std::string_view text) = nullptr;
    std::size_t max_bytes = default_max_bytes;  ///< limit for the text of `set`; a longer text is unreadable

    /// Called when an object or array begins.
    void (*open)(T& into) = nullptr;

    /// If not null: called with each piece of a text, even of a short one, instead of `set`. `last` is true
    /// for the final piece. Use it for texts that may be long.
    void (*piece)(T& into, std::string_view piece, bool last) = nullptr;

    // The next two are for `lint`, which checks files that operators write.
    bool is_required = false;   ///< the field must be present wherever the mapping around it is present
    bool is_name_list = false;  ///< the text is a list of names, separated by commas
};

/// All fields of a T. The number of a field is its index in the table. The entries for the fields of one
/// object are adjacent. If the object has an entry itself, this entry directly precedes them.
template <class T>
using field_table = std::span<field<T> const>;

/// Appends `more` to `all`. Puts `prefix` before each path and adds `first` to each field number.
void append_paths(
    std::vector<skim_path>& all,
    std::vector<skim_path> more,
    std::vector<std::string> const& prefix = {},
    int first = 0
);

/// The paths of all fields in a table that have a function.
template <class T>
std::vector<skim_path> paths_of(field_table<T> table)
{
    std::vector<skim_path> paths;
    for (auto const& each : table)
        if (each.set != nullptr || each.open != nullptr || each.piece != nullptr)
            paths.push_back(
                {static_cast<int>(&each - table.data()),
                 each.path.steps(),
                 each.piece != nullptr,
                 each.max_bytes}
            );
    return paths;
}

/// Calls `set` of a field, if the field has this function.
template <class T>
void set_field(
    std::type_identity_t<field_table<T>> table,
    int number,
    T& into,
    std::string_view key,
    std::string_view text
)
{
    if (auto* const set = table[static_cast<std::size_t>(number)].set)
        set(into, key, text);
}

template <class T>
void open_field(std::type_identity_t<field_table<T>> table, int number, T& into)
{
    if (auto* const open = table[static_cast<std::size_t>(number)].open)
        open(into);
}

/// Base of a reader that stores the values of an object in `values_`, as the field table of T defines.
template <class T, class Base = object_reader>
class table_reader : public Base
{
public:
    std::vector<skim_path> paths() const override { return paths_of(table_); }
    void begin_object() override
    {
        if constexpr (requires(T & values) { values.clear(); })
            values_.clear();
        else
            values_ = T();
    }
    void on_value(int field, std::string_view key, std::string_view text) override
    {
        set_field(table_, field, values_, key, text);
    }
    void on_piece(int field, std::string_view piece, bool last) override
    {
        table_[static_cast<std::size_t>(field)].piece(values_, piece, last);
    }
    void on_open(int field) override { open_field(table_, field, values_); }

protected:
    /// `arguments` are passed to the constructor of `Base`.
    template <class... Arguments>
    explicit table_reader(field_table<T> table, Arguments&&... arguments)
        : Base(std::forward<Arguments>(arguments)...), table_(table)
    {
    }

    T values_;

private:
    field_table<T> table_;
};

}  // namespace tcr::kube
