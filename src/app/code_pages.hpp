#pragma once

// Returns memory that an idle process does not need.

#include <string_view>

namespace tcr::app
{

/// Reduces this process's memory: drops the pages of its code, and returns free heap memory to the kernel.
/// Code that runs again is mapped again from the page cache. A start runs much code that never runs again,
/// and the kernel maps sixteen pages around each page that runs. Writable and relocated mappings are left
/// alone (madvise(2), MADV_DONTNEED). Failures are ignored, because they only cost memory.
void release_code_pages();

}  // namespace tcr::app
