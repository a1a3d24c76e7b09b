// SPDX-License-Identifier: Apache-2.0
#include "write_journal.hpp"

#include <tcr/util/strings.hpp>

#include <algorithm>

namespace tcr::hosts
{
namespace
{

constexpr std::string_view title = "tcr-assistant hosts-updater journal 1\n";

}  // namespace

std::string to_text(write_journal const& journal)
{
    std::string text(title);
    text += std::to_string(journal.before.size()) + ' ' + std::to_string(journal.after.size()) + '\n';
    return text.append(journal.before).append(journal.after);
}

std::optional<write_journal> parse_journal(std::string_view text)
{
    if (!text.starts_with(title))
        return std::nullopt;
    text.remove_prefix(title.size());
    auto const end = text.find('\n');
    if (end == std::string_view::npos)
        return std::nullopt;
    auto const sizes = split_names(text.substr(0, end), ' ');
    text.remove_prefix(end + 1);
    if (sizes.size() != 2)
        return std::nullopt;
    auto const before = parse_u64(sizes[0]);
    auto const after = parse_u64(sizes[1]);
    if (!before || !after || *before > text.size() || text.size() - *before != *after)
        return std::nullopt;
    return write_journal{std::string(text.substr(0, *before)), std::string(text.substr(*before))};
}

bool is_cut_off_write(std::string_view present, std::string_view before, std::string_view after)
{
    if (present.size() < std::min(before.size(), after.size()) ||
        present.size() > std::max(before.size(), after.size()))
        return false;
    for (std::size_t i = 0; i < present.size(); ++i)
    {
        bool const is_old = i < before.size() && present[i] == before[i];
        bool const is_new = i < after.size() && present[i] == after[i];
        // Past the end of the old text, the file may contain zeros: space that is allocated but not written.
        bool const is_hole = i >= before.size() && present[i] == '\0';
        if (!is_old && !is_new && !is_hole)
            return false;
    }
    return true;
}

}  // namespace tcr::hosts
