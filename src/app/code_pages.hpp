// SPDX-License-Identifier: Apache-2.0
#pragma once

// Gives unneeded memory of an idle process back to the kernel.

#include <string_view>

namespace tcr::app
{

/// Reduces this process's memory: unmaps the pages of its code (madvise(2), MADV_DONTNEED), and returns free
/// heap memory to the kernel. If unmapped code runs again, the kernel maps it again from the page cache. Most
/// code that runs at the start never runs again, and the kernel maps sixteen pages around each page that
/// runs. Does not change writable or relocated mappings. Ignores failures, because they only cost memory.
void release_code_pages();

}  // namespace tcr::app
