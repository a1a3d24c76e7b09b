// SPDX-License-Identifier: Apache-2.0
#include "idle_memory.hpp"

#include <tcr/util/strings.hpp>

#include <malloc.h>
#include <sys/mman.h>

#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace tcr::app
{
namespace
{

std::uintptr_t address_of(std::string_view hexadecimal)
{
    std::uintptr_t address = 0;
    std::from_chars(hexadecimal.data(), hexadecimal.data() + hexadecimal.size(), address, 16);
    return address;
}

}  // namespace

void release_idle_memory()
{
    // Example line: "55f0c0000000-55f0c0400000 r-xp 00100000 08:01 1234 /usr/local/bin/tcr-assistant"
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
    {
        auto const fields = split_names(line, ' ');
        // Select only read-only code. In other mappings, MADV_DONTNEED could discard data, such as the
        // loader's relocations.
        if (fields.size() < 6 || fields[1] != "r-xp" || !fields[5].starts_with('/'))
            continue;
        auto const range = fields[0];
        auto const dash = range.find('-');
        if (dash == std::string_view::npos)
            continue;
        auto const from = address_of(range.substr(0, dash));
        auto const to = address_of(range.substr(dash + 1));
        if (to > from)
            // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel gives the address as text.
            madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
    }
    malloc_trim(0);
}

}  // namespace tcr::app
