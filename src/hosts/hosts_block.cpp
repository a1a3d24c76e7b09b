// SPDX-License-Identifier: Apache-2.0
#include <tcr/hosts/hosts_block.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace tcr::hosts
{
namespace
{

/// Ends each line that we write for an entry. It identifies the line as ours if the block has lost a marker.
constexpr std::string_view mark = "# tcr-assistant";
constexpr std::string_view header =
    "# Written by tcr-assistant hosts-updater: what is changed in here is undone.";

// The two parts of the note about the added line break. The number of bytes is between them.
constexpr std::string_view note_begin = "# The ";
constexpr std::string_view note_end = " bytes above ended without a line break.";

constexpr std::size_t max_foreign_lines = 20;

struct line
{
    std::string_view text;  ///< including the line break
    bool is_ours = false;
};

bool is_begin(line const& each)
{
    return trim(each.text) == begin_marker;
}

bool is_end(line const& each)
{
    return trim(each.text) == end_marker;
}

/// The number of bytes that the note states; nullopt if the line is not the note.
std::optional<std::uint64_t> noted_bytes(std::string_view text)
{
    text = trim(text);
    if (!text.starts_with(note_begin) || !text.ends_with(note_end) ||
        text.size() < note_begin.size() + note_end.size())
        return std::nullopt;
    text.remove_prefix(note_begin.size());
    text.remove_suffix(note_end.size());
    return parse_u64(text);
}

/// Whether the line has a form that only this program writes. Such a line is ours if it adjoins a marker.
bool has_mark(line const& each)
{
    auto const text = trim(each.text);
    return text.ends_with(mark) || text == header || noted_bytes(text);
}

void find_ours(std::vector<line>& lines)
{
    for (std::size_t i = 0; i < lines.size(); ++i)
    {
        if (is_begin(lines[i]))
        {
            auto next = i + 1;
            while (next < lines.size() && !is_begin(lines[next]) && !is_end(lines[next]))
                ++next;
            bool const is_whole = next < lines.size() && is_end(lines[next]);
            lines[i].is_ours = true;
            for (auto inner = i + 1; inner <= next && inner < lines.size(); ++inner)
            {
                if (!is_whole && !has_mark(lines[inner]))
                    break;
                lines[inner].is_ours = true;
            }
            i = is_whole ? next : i;
        }
        else if (is_end(lines[i]))
        {
            lines[i].is_ours = true;
            for (auto above = i; above > 0 && has_mark(lines[above - 1]); --above)
                lines[above - 1].is_ours = true;
        }
    }
}

std::vector<line> lines_of(std::string_view text)
{
    std::vector<line> lines;
    while (!text.empty())
    {
        auto const size = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.push_back({text.substr(0, size)});
        text.remove_prefix(size);
    }
    find_ours(lines);
    return lines;
}

bool ends_open(std::string_view text)
{
    return !text.empty() && !text.ends_with('\n');
}

/// The lines of the file that are not ours, before and after the block.
struct halves
{
    std::string before;  ///< if `after` is empty, without the line break that we added
    std::string after;
    std::optional<std::uint64_t> noted;  ///< the number in the block's note
    bool had_block = false;
    bool had_crlf = false;  ///< one of our lines ends in CR and LF
    bool had_lf = false;    ///< one of our lines ends in LF alone
};

halves split(std::string_view text)
{
    halves parts;
    for (auto const& each : lines_of(text))
    {
        if (each.is_ours)
        {
            parts.had_block = true;
            bool const is_crlf = each.text.ends_with("\r\n");
            parts.had_crlf = parts.had_crlf || is_crlf;
            parts.had_lf = parts.had_lf || (!is_crlf && each.text.ends_with('\n'));
            if (!parts.noted)
                parts.noted = noted_bytes(each.text);
            continue;
        }
        (parts.had_block ? parts.after : parts.before) += each.text;
    }
    // Remove the line break that we added. Keep it only if lines follow the block: it separates them from the
    // text before the block.
    if (!parts.noted || !parts.after.empty())
        return parts;
    for (std::size_t size : {std::size_t{1}, std::size_t{2}})
        if (*parts.noted + size == parts.before.size() && parts.before.ends_with(size == 1 ? "\n" : "\r\n"))
        {
            parts.before.resize(parts.before.size() - size);
            break;
        }
    return parts;
}

/// The line break of the existing block. If there is no block, or its line breaks differ, returns the line
/// break of the file's first line.
std::string_view line_break(halves const& parts)
{
    if (parts.had_crlf != parts.had_lf)
        return parts.had_crlf ? "\r\n" : "\n";
    std::string_view const text = parts.before.empty() ? parts.after : parts.before;
    auto const at = text.find('\n');
    bool const is_crlf = at != std::string_view::npos && at > 0 && text[at - 1] == '\r';
    return is_crlf ? "\r\n" : "\n";
}

void add_block(std::string& text, std::vector<host_entry> const& entries, halves const& parts)
{
    auto const eol = line_break(parts);
    // Keep an outdated note: it is harmless, and removing it would cause a write.
    auto const noted = ends_open(text) ? std::optional<std::uint64_t>(text.size()) : parts.noted;
    if (ends_open(text))
        text += eol;
    text.append(begin_marker).append(eol);
    text.append(header).append(eol);
    if (noted)
        text.append(note_begin).append(std::to_string(*noted)).append(note_end).append(eol);
    for (auto const& entry : entries)
        text.append(entry.address).append(" ").append(entry.domain).append(" ").append(mark).append(eol);
    text.append(end_marker).append(eol);
}

/// Removes the next word from the front of `rest` and returns it; empty at the end.
std::string_view next_word(std::string_view& rest)
{
    constexpr std::string_view blanks = " \t\r\n\v\f";
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    auto const word = rest.substr(0, rest.find_first_of(blanks));
    rest.remove_prefix(word.size());
    return word;
}

/// Calls `see` for each name in the line, with the address as written and the name in lower case.
template <class See>
void read_line(std::string_view text, See see)
{
    text = text.substr(0, text.find('#'));
    auto const address = next_word(text);
    for (auto name = next_word(text); !name.empty(); name = next_word(text))
        see(address, ascii_lower(name));
}

bool is_v6(std::string_view address)
{
    return address.find(':') != std::string_view::npos;
}

}  // namespace

std::string with_block(std::string_view text, std::vector<host_entry> const& entries)
{
    auto const parts = split(text);
    auto made = parts.before;
    if (!entries.empty())
        add_block(made, entries, parts);
    return made + parts.after;
}

std::vector<foreign_line> overriding_lines(std::string_view text, std::vector<host_entry> const& entries)
{
    std::vector<foreign_line> found;
    auto const lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size() && !lines[i].is_ours; ++i)
        read_line(
            lines[i].text,
            [&](std::string_view address, std::string const& name)
            {
                auto const differs = [&](host_entry const& wanted) {
                    return wanted.domain == name && wanted.address != address &&
                           is_v6(wanted.address) == is_v6(address);
                };
                if (found.size() < max_foreign_lines && std::any_of(entries.begin(), entries.end(), differs))
                    found.push_back({name, printable(address, 60), i + 1});
            }
        );
    return found;
}

bool has_name(std::string_view text, std::string_view domain)
{
    bool is_named = false;
    for (auto const& each : lines_of(text))
        read_line(
            each.text,
            [&](std::string_view, std::string const& name) { is_named = is_named || name == domain; }
        );
    return is_named;
}

}  // namespace tcr::hosts
