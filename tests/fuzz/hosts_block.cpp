// SPDX-License-Identifier: Apache-2.0

// Edits of a hosts file. The first byte selects the entries; the rest is the content of the file.
#include "fuzz_target.hpp"
#include <tcr/hosts/hosts_block.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>

namespace
{

using namespace tcr;

std::vector<hosts::host_entry> entries_of(unsigned choice)
{
    std::vector<hosts::host_entry> const all{
        {"one.tencentcloudcr.com", "10.0.0.1"},
        {"two.tencentcloudcr.com", "10.0.0.2"},
        {"two.tencentcloudcr.com", "fd00::2"},
    };
    std::vector<hosts::host_entry> chosen;
    for (std::size_t i = 0; i < all.size(); ++i)
        if ((choice >> i & 1) != 0)
            chosen.push_back(all[i]);
    return chosen;
}

std::vector<std::string_view> lines_of(std::string_view text)
{
    std::vector<std::string_view> lines;
    while (!text.empty())
    {
        lines.push_back(text.substr(0, text.find('\n') + 1));
        if (!lines.back().ends_with('\n'))
            lines.back() = text;
        text.remove_prefix(lines.back().size());
    }
    return lines;
}

bool is_marker(std::string_view line)
{
    auto const text = trim(line);
    return text == hosts::begin_marker || text == hosts::end_marker;
}

/// The lines that other programs wrote: lines outside a complete block that are neither markers nor marked as
/// ours.
std::string own_lines(std::string_view text)
{
    auto const lines = lines_of(text);
    std::string own;
    for (std::size_t i = 0; i < lines.size(); ++i)
    {
        if (is_marker(lines[i]))
        {
            auto next = i + 1;
            while (next < lines.size() && !is_marker(lines[next]))
                ++next;
            bool const is_whole = trim(lines[i]) == hosts::begin_marker && next < lines.size() &&
                                  trim(lines[next]) == hosts::end_marker;
            i = is_whole ? next : i;
            continue;
        }
        auto const line = trim(lines[i]);
        bool const is_marked = line.ends_with("# tcr-assistant") ||
                               line.starts_with("# Written by tcr-assistant") ||
                               line.ends_with("bytes above ended without a line break.");
        if (!is_marked)
            own += lines[i];
    }
    return own;
}

/// Removes the line break at the end. Adding or removing a block may add or remove this line break.
std::string without_last_break(std::string text)
{
    if (text.ends_with('\n'))
        text.pop_back();
    // The file may contain carriage returns before the line break.
    while (text.ends_with('\r'))
        text.pop_back();
    return text;
}

bool has_marker(std::string_view text)
{
    auto const lines = lines_of(text);
    return std::any_of(lines.begin(), lines.end(), is_marker);
}

std::size_t blocks_in(std::string_view text)
{
    std::size_t count = 0;
    for (auto const& line : lines_of(text))
        count += trim(line) == hosts::begin_marker ? 1 : 0;
    return count;
}

}  // namespace

TCR_FUZZ_TARGET(hosts_block)
{
    fuzz::input_reader input(bytes);
    auto const entries = entries_of(input.take_byte());
    auto const before = input.rest();
    auto const after = hosts::with_block(before, entries);

    fuzz::require_equal(hosts::with_block(after, entries), after, "an edit done twice changes nothing more");
    fuzz::require(
        blocks_in(after) == (entries.empty() ? 0u : 1u), "there is one block, or none without entries"
    );
    fuzz::require(has_marker(after) == !entries.empty(), "a block has markers");
    fuzz::require_equal(
        without_last_break(own_lines(after)),
        without_last_break(own_lines(before)),
        "the file's own lines stay, in their order"
    );
    auto const other = hosts::with_block(after, entries_of(5));
    fuzz::require_equal(
        hosts::with_block(other, entries),
        hosts::with_block(after, entries),
        "an edit depends on no edit before it"
    );
    if (!has_marker(before))
    {
        fuzz::require(after.starts_with(before), "a new block is appended at the end");
        fuzz::require_equal(hosts::with_block(after, {}), before, "removing the block restores the file");
    }
    for (auto const& line : hosts::overriding_lines(before, entries))
        fuzz::require(
            line.line > 0 && fuzz::is_one_line(line.address), "a line is shown by number and address"
        );
    for (auto const& entry : entries)
        fuzz::require(hosts::has_name(after, entry.domain), "the block names each domain");
}
