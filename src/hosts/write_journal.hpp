#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tcr::hosts
{

/// What a write in place was to do, kept until it is done: both texts whole, behind a title and a line with
/// their sizes.
struct write_journal
{
    std::string before;
    std::string after;
};

std::string to_text(write_journal const& journal);

/// Nothing for what is no whole journal. It is put in place whole; but who knows.
std::optional<write_journal> parse_journal(std::string_view text);

}  // namespace tcr::hosts
