#pragma once

#include <string_view>

namespace tcr::app
{

/// Takes the program's code out of this process' memory; the kernel brings back, from its page cache, what is
/// run again. Starting runs much code that is never run again, and the kernel maps sixteen pages around each
/// that is. Writable and once-written mappings are left alone (madvise(2), MADV_DONTNEED). No failure: it
/// saves memory, or it does not.
void release_code_pages();

}  // namespace tcr::app
