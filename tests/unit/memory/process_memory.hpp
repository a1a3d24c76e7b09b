#pragma once

#include <cstddef>
#include <string>

namespace memory_tests
{

/// Bytes allocated and not freed, in the whole process. What the allocator adds to each is counted, except under
/// the address sanitizer.
std::size_t allocated_bytes();

/// Whether resident memory says anything: the address sanitizer keeps what is freed, and memory of its own.
bool can_tell_resident();

/// Bytes of memory that the process holds, its program and libraries not counted.
std::size_t resident_bytes();

/// For a message: the figure, or that there is none.
std::string resident_text(std::size_t bytes);

/// Gives the system back what is free, so that growth from here on is seen.
void release_free_memory();

/// Of allocated bytes or another figure, how far it was seen to rise above its first value.
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
