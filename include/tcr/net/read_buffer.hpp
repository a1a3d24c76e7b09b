#pragma once

// The buffer between a connection and its parser.

#include <boost/asio/buffer.hpp>

#include <array>
#include <cstring>

namespace tcr::net
{

namespace asio = boost::asio;

/// Received bytes that are not parsed yet, in a fixed space: a header line must fit, a body streams through.
class read_buffer
{
public:
    static constexpr std::size_t capacity = 8 * 1024;

    asio::const_buffer data() const { return {bytes_.data() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    void consume(std::size_t count) { begin_ += count; }
    void commit(std::size_t count) { end_ += count; }
    void clear() { begin_ = end_ = 0; }

    /// Free space to read into, after moving what is unparsed to the front; empty when the buffer is full.
    asio::mutable_buffer space()
    {
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        return {bytes_.data() + end_, capacity - end_};
    }

private:
    std::array<char, capacity> bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace tcr::net
