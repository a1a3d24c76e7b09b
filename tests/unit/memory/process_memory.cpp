// SPDX-License-Identifier: Apache-2.0
#include "memory/process_memory.hpp"

#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>

#ifdef __SANITIZE_ADDRESS__
// This declaration is copied from sanitizer/allocator_interface.h, which GCC's packages do not contain.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace memory_tests
{

#ifdef __SANITIZE_ADDRESS__

std::size_t allocated_bytes()
{
    return __sanitizer_get_current_allocated_bytes();
}

bool can_tell_resident()
{
    return false;
}

#else

std::size_t allocated_bytes()
{
    auto const now = mallinfo2();
    return now.uordblks + now.hblkhd;
}

bool can_tell_resident()
{
    return true;
}

#endif

std::size_t resident_bytes()
{
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word)
        if (word == "RssAnon:")
        {
            std::size_t kib = 0;
            status >> kib;
            return kib * 1024;
        }
    throw std::runtime_error("/proc/self/status tells no RssAnon");
}

std::string resident_text(std::size_t bytes)
{
    return can_tell_resident() ? std::to_string(bytes) : "not known";
}

void release_free_memory()
{
    malloc_trim(0);
}

void high_water_mark::look()
{
    auto const now = figure_();
    most_ = std::max(most_, now - std::min(now, before_));
}

}  // namespace memory_tests
