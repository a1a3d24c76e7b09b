#pragma once

#include <cstddef>
#include <string>

namespace memory_tests
{

/// Bytes in the whole process that are allocated and not freed. Includes the allocator's overhead for each
/// allocation, except under the address sanitizer.
std::size_t allocated_bytes();

/// Whether resident memory is meaningful. It is not under the address sanitizer, which keeps freed memory and
/// uses additional memory.
bool can_tell_resident();

/// Resident memory in bytes, without the program and its libraries.
std::size_t resident_bytes();

/// The value as text for a message, or a text that there is none.
std::string resident_text(std::size_t bytes);

/// Returns free memory to the system, so that later growth is visible.
void release_free_memory();

/// The largest increase of the allocated bytes, or of another value, above the first value.
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
