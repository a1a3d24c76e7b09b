// SPDX-License-Identifier: Apache-2.0
#pragma once

// The journal of a write in place.

#include <optional>
#include <string>
#include <string_view>

namespace tcr::hosts
{

/// The record of a write in place, kept until the write is complete. The journal file has a title, a line
/// with the sizes of both texts, and both texts.
struct write_journal
{
    std::string before;
    std::string after;
};

std::string to_text(write_journal const& journal);

/// Parses a journal. \return nullopt if the text is not a complete journal. `replace_file` never leaves a
/// partial journal, but a failing disk can.
std::optional<write_journal> parse_journal(std::string_view text);

/// Whether an interrupted write of `after` over `before` may have left `present`: the size of `present` is
/// between the sizes of `before` and `after`. Each byte of `present` equals the byte of `before` or `after`
/// at the same place, or is a zero past the end of `before`.
bool is_cut_off_write(std::string_view present, std::string_view before, std::string_view after);

}  // namespace tcr::hosts
