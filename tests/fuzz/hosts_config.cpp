// SPDX-License-Identifier: Apache-2.0

// Parser of the hosts updater's configuration.
#include "fuzz_target.hpp"
#include <tcr/hosts/hosts_block.hpp>
#include <tcr/hosts/hosts_config.hpp>

TCR_FUZZ_TARGET(hosts_config)
{
    using namespace tcr;
    auto const config = hosts::parse_hosts_config("config /path", std::string(bytes));
    if (!config)
    {
        fuzz::require(fuzz::is_one_line(config.error().message()), "an error is one line");
        return;
    }
    for (auto const& problem : config->problems)
        fuzz::require(fuzz::is_one_line(problem), "a problem is one line");
    for (auto const& entry : config->entries)
    {
        auto const is_word = [](std::string_view text)
        { return !text.empty() && text.find_first_of(" \t\r\n\v\f#") == std::string_view::npos; };
        fuzz::require(
            is_word(entry.domain) && is_word(entry.address), "an entry is two words of a hosts file"
        );
    }
    auto const text = hosts::with_block("127.0.0.1 localhost\n", config->entries);
    fuzz::require_equal(hosts::with_block(text, config->entries), text, "a block is written once");
    for (auto const& entry : config->entries)
        fuzz::require(hosts::has_name(text, entry.domain), "the block names each domain");
}
