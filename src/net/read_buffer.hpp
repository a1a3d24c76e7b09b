#pragma once

// The buffer between a connection and its parser.

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>

#include <cstddef>

namespace tcr::net
{

inline constexpr std::size_t read_buffer_size = 8 * 1024;

/// Received bytes that are not parsed yet, in a fixed space: a header line must fit, a body streams through.
class read_buffer : public boost::beast::flat_static_buffer<read_buffer_size>
{
public:
    bool empty() const { return size() == 0; }

    /// Free space to read into, after moving what is unparsed to the front; empty when the buffer is full.
    boost::asio::mutable_buffer space() { return prepare(max_size() - size()); }
};

}  // namespace tcr::net
