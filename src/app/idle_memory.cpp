// SPDX-License-Identifier: Apache-2.0
#include "idle_memory.hpp"

#include <tcr/util/strings.hpp>

#include <malloc.h>
#include <sys/mman.h>

#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>

namespace tcr::app
{

void release_idle_memory()
{
    // Example line: "55f0c0000000-55f0c0400000 r-xp 00100000 08:01 1234 /usr/local/bin/tcr-assistant"
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
    {
        auto const fields = split_names(line, ' ');
        // Select only executable mappings. In the others, MADV_DONTNEED would discard the loader's
        // relocations.
        if (fields.size() < 6 || fields[1] != "r-xp" || !fields[5].starts_with('/'))
            continue;
        auto const range = fields[0];
        auto const dash = range.find('-');
        std::uintptr_t from = 0;
        std::uintptr_t to = 0;
        std::from_chars(range.data(), range.data() + dash, from, 16);
        std::from_chars(range.data() + dash + 1, range.data() + range.size(), to, 16);
        if (to > from)
            madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
    }
    malloc_trim(0);
}

}  // namespace tcr::app
