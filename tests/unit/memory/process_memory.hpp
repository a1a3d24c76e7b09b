#pragma once

#include <cstddef>

namespace memory_tests
{

/// Bytes allocated and not freed, in the whole process. What the allocator adds to each is counted, except under
/// the address sanitizer.
std::size_t allocated_bytes();

/// Whether resident memory says anything: the address sanitizer keeps what is freed, and memory of its own.
bool can_tell_resident();

/// Bytes of memory that the process holds, its program and libraries not counted, after what is free has been given
/// back to the system.
std::size_t resident_bytes();

/// Of allocated bytes, the most seen at the moments when it was asked to look.
class high_water_mark
{
public:
    high_water_mark() : before_(allocated_bytes()) {}

    void look();

    /// Above what was allocated when this was made.
    std::size_t bytes() const { return most_; }

private:
    std::size_t before_;
    std::size_t most_ = 0;
};

}  // namespace memory_tests
