#pragma once

// Finds the wanted values of JSON documents that arrive in pieces, and skips the rest.

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::kube
{

/// The longest text of one wanted value, in bytes, if its path sets no other limit.
inline constexpr std::size_t default_max_bytes = 4096;

/// The longest key that a "*" matches, in bytes. Those of Kubernetes have at most 317.
inline constexpr std::size_t max_key_bytes = 1024;

/// One wanted place in a JSON document. The parser skips all that is not wanted.
///
/// `path` is a list of object keys; "[]" stands for any element of an array, "*" for any key.
struct skim_path
{
    int field;  ///< the caller's own number for the place, >= 0
    std::vector<std::string> path;
    bool in_pieces = false;  ///< a long string: delivered in pieces as it arrives, never collected
    std::size_t max_bytes =
        default_max_bytes;  ///< of one decoded value that is collected; a longer value is unreadable
};

/// Receives what a skim finds, in document order.
class skim_handler
{
public:
    /// A string, number or boolean at a wanted place, as text ("true", "42", the string's characters).
    /// `key` is the object key that the "*" of the path matched; the last "*" if the path has several.
    virtual void on_value(int field, std::string_view key, std::string_view text) = 0;

    /// A piece of a string whose path is `in_pieces`; `last` with the final one, which may be empty.
    virtual void on_piece(int /*field*/, std::string_view /*piece*/, bool /*last*/) {}

    /// A value at a wanted place, or the key that a "*" matched, cannot be read: its text is longer than its
    /// limit, is not UTF-8, or has a control character, a bad escape or half of a surrogate pair. `problem`
    /// names the reason, e.g. "is not UTF-8". Called instead of `on_value`; for a string in pieces, after the
    /// last piece, and some pieces are missing. The rest of the document is still read.
    virtual void on_unreadable(int field, std::string_view problem) = 0;

    /// An object or array at a wanted place begins, or ends.
    virtual void on_open(int /*field*/) {}
    virtual void on_close(int /*field*/) {}

    /// A JSON document is complete. \return an error to end the skim.
    virtual boost::system::error_code on_document() = 0;

protected:
    ~skim_handler() = default;
};

/// The wanted places as a tree; built once per type.
class skim_tree
{
public:
    explicit skim_tree(std::vector<skim_path> const& paths);

    struct node
    {
        int field = -1;
        int field_below = -1;  ///< the field of one wanted place at or below this node
        bool in_pieces = false;
        std::size_t max_bytes = 0;
        std::size_t max_key = 0;  ///< a longer key matches nothing here
        std::int16_t any_key = -1;
        std::int16_t element = -1;
        std::vector<std::pair<std::string, std::int16_t>> keys;
    };

    node const& at(std::int16_t index) const { return nodes_[static_cast<std::size_t>(index)]; }

private:
    std::int16_t child(std::int16_t parent, std::string const& step);

    std::vector<node> nodes_;
};

/// Skims JSON documents that arrive in pieces, one after another: a list page is one document, a watch a
/// sequence of them. Holds no document, only the current value, and only if that value is wanted.
///
/// In a skipped subtree only the ends of strings and the nesting depth are tracked. Such a subtree may hold
/// bytes that are not UTF-8, be nested to any depth and have any length.
class json_skimmer
{
public:
    /// `tree` and `handler` must outlive the skimmer.
    json_skimmer(skim_tree const& tree, skim_handler& handler);
    ~json_skimmer();
    json_skimmer(json_skimmer&&) noexcept;

    /// Parses the next piece. \return `kube::errc::bad_answer` for bytes that are not JSON, or what the
    /// handler's `on_document` returned. After an error call `reset` before the next `feed`.
    boost::system::error_code feed(std::string_view piece);

    /// Whether the bytes so far end between two documents.
    bool between_documents() const;

    /// Forgets an unfinished document.
    void reset();

private:
    class lexer;
    std::unique_ptr<lexer> lexer_;
};

}  // namespace tcr::kube
