// SPDX-License-Identifier: Apache-2.0
#pragma once

// Gives unneeded memory of an idle process back to the kernel.

#include <string_view>

namespace tcr::app
{

/// Reduces this process's memory in two ways:
/// - Unmaps the pages of its code (madvise(2), MADV_DONTNEED). Many of these pages contain only code that ran
///   once, at the start. If the process needs an unmapped page, the kernel maps the page again from the page
///   cache.
/// - Returns free heap memory to the kernel (malloc_trim(3)).
///
/// Does not change writable or relocated mappings. Ignores failures, because they only cost memory.
void release_idle_memory();

}  // namespace tcr::app
