#pragma once

// Records in chunks, numbered.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tcr::runtime
{

/// Holds records of one kind in chunks. Records are numbered from 1; freed numbers are reused. Growing moves
/// no record and never needs twice the space, unlike a vector during the first list.
template <class Record>
class record_pool
{
public:
    using number = std::uint32_t;
    static constexpr number none = 0;

    number allocate()
    {
        ++used_;
        if (!free_.empty())
        {
            auto again = free_.back();
            free_.pop_back();
            return again;
        }
        if (highest_ % chunk_size == 0)
            chunks_.push_back(std::make_unique<Record[]>(chunk_size));
        return ++highest_;
    }

    void release(number which)
    {
        (*this)[which] = Record{};
        free_.push_back(which);
        --used_;
    }

    Record& operator[](number which) { return chunks_[(which - 1) / chunk_size][(which - 1) % chunk_size]; }
    Record const& operator[](number which) const
    {
        return chunks_[(which - 1) / chunk_size][(which - 1) % chunk_size];
    }

    /// Highest number ever allocated. It and lower ones may be free.
    number highest() const { return highest_; }
    std::size_t size() const { return used_; }

private:
    static constexpr std::size_t chunk_size = 512;

    std::vector<std::unique_ptr<Record[]>> chunks_;
    std::vector<number> free_;
    number highest_ = 0;
    std::size_t used_ = 0;
};

}  // namespace tcr::runtime
