// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace memory_tests
{

/// Number of bytes that the process has allocated and not freed. The number includes the allocator's overhead
/// for each allocation, except under the address sanitizer.
std::size_t allocated_bytes();

/// Whether `resident_bytes` is meaningful. Returns false under the address sanitizer, which keeps freed
/// memory and uses additional memory.
bool can_tell_resident();

/// Resident memory in bytes, without the program and its libraries.
std::size_t resident_bytes();

/// The value as text for a message. If `can_tell_resident` is false, the text reports that no value exists.
std::string resident_text(std::size_t bytes);

/// Returns free memory to the system, so that later growth is visible.
void release_free_memory();

/// Records the largest increase of a value above its initial value. The value is `allocated_bytes` by
/// default.
class high_water_mark
{
public:
    explicit high_water_mark(std::size_t (*figure)() = allocated_bytes) : figure_(figure), before_(figure())
    {
    }

    void look();

    std::size_t bytes() const { return most_; }

private:
    std::size_t (*figure_)();
    std::size_t before_;
    std::size_t most_ = 0;
};

}  // namespace memory_tests
