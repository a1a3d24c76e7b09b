// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds the wanted values in JSON documents that arrive in pieces, and skips all other values.

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::kube
{

/// The longest text of one wanted value, in bytes, unless its path sets another limit.
inline constexpr std::size_t default_max_bytes = 4096;

/// The longest key that "*" matches, in bytes. Keys in Kubernetes have at most 317 bytes.
inline constexpr std::size_t max_key_bytes = 1024;

/// One place in a JSON document whose value is wanted. The parser skips all other values.
///
/// `path` is a list of object keys; "[]" stands for any element of an array, "*" for any key that no other
/// path names at the same place.
struct skim_path
{
    int field;  ///< the caller's own number for this place, >= 0
    std::vector<std::string> path;
    bool in_pieces = false;  ///< for long strings: a string goes to `on_piece` instead of `on_value`
    std::size_t max_bytes =
        default_max_bytes;  ///< limit for one collected value, after decoding; a longer value is unreadable
};

/// Receives the values that a skim finds, in document order.
class skim_handler
{
public:
    /// Receives a string, number or boolean at a wanted place as text: "true", "42", or the string's
    /// characters. `key` is the object key that "*" in the path matched. If the path has several "*", `key`
    /// belongs to the last one. If the path has none, ignore `key`.
    virtual void on_value(int field, std::string_view key, std::string_view text) = 0;

    /// Receives a piece of a string whose path is `in_pieces`. `last` is true for the final piece, which may
    /// be empty.
    virtual void on_piece(int /*field*/, std::string_view /*piece*/, bool /*last*/) {}

    /// Called instead of `on_value` if a value at a wanted place cannot be read. `problem` is the reason,
    /// e.g. "is not UTF-8". There are these reasons: the text is longer than its limit, is not UTF-8, or
    /// contains a control character, an invalid escape or half of a surrogate pair. The skim continues with
    /// the rest of the document.
    ///
    /// For a string in pieces, called after the last piece. The pieces contain only the text before the
    /// unreadable place.
    ///
    /// Also called if a key at a "*" of a path cannot be read. In this case, `field` is one of the fields at
    /// or below this key, and the value of the key is skipped.
    virtual void on_unreadable(int field, std::string_view problem) = 0;

    /// Called when an object or array at a wanted place begins (`on_open`) or ends (`on_close`).
    virtual void on_open(int /*field*/) {}
    virtual void on_close(int /*field*/) {}

    /// Called at the end of each JSON document. \return an error to end the skim.
    virtual boost::system::error_code on_document() = 0;

protected:
    ~skim_handler() = default;
};

/// The wanted places as a tree.
class skim_tree
{
public:
    explicit skim_tree(std::vector<skim_path> const& paths);

    struct node
    {
        int field = -1;
        int field_below = -1;  ///< one field at or below this node, to report an unreadable key
        bool in_pieces = false;
        std::size_t max_bytes = 0;
        std::size_t max_key = 0;  ///< limit in bytes for keys directly below; a longer key matches no node
        std::int16_t any_key = -1;
        std::int16_t element = -1;
        std::vector<std::pair<std::string, std::int16_t>> keys;
    };

    node const& at(std::int16_t index) const { return nodes_[static_cast<std::size_t>(index)]; }

private:
    std::int16_t child(std::int16_t parent, std::string const& step);

    std::vector<node> nodes_;
};

/// Skims JSON documents that arrive in pieces, one after another. A list page is one document; a watch is a
/// sequence of documents. The skimmer stores only the current value, and only if this value is wanted.
///
/// In a skipped subtree it tracks only the ends of strings and the nesting depth. Such a subtree may be of
/// any length and depth, and may contain bytes that are not UTF-8.
class json_skimmer
{
public:
    /// `tree` and `handler` must outlive the skimmer.
    json_skimmer(skim_tree const& tree, skim_handler& handler);
    ~json_skimmer();
    json_skimmer(json_skimmer&&) noexcept;

    /// Parses the next piece. \return `kube::errc::bad_answer` if the bytes outside skipped strings, objects
    /// and arrays are not JSON, or the error that the handler's `on_document` returned. After an error call
    /// `reset` before the next `feed`.
    boost::system::error_code feed(std::string_view piece);

    /// Whether the input so far ends between two documents.
    bool between_documents() const;

    /// Discards an unfinished document.
    void reset();

private:
    class lexer;
    std::unique_ptr<lexer> lexer_;
};

}  // namespace tcr::kube
