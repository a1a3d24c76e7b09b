// SPDX-License-Identifier: Apache-2.0
#pragma once

// The buffer between a connection and its parser.

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>

#include <cstddef>

namespace tcr::net
{

inline constexpr std::size_t read_buffer_size = 8 * 1024;

/// Received bytes that are not parsed yet, in a buffer of fixed size. Each header line must fit. A body may
/// be larger, because it is parsed in pieces.
class read_buffer : public boost::beast::flat_static_buffer<read_buffer_size>
{
public:
    bool empty() const { return size() == 0; }

    /// Moves the unparsed bytes to the front of the buffer. \return the free space for the next read; empty
    /// if the buffer is full.
    boost::asio::mutable_buffer space() { return prepare(max_size() - size()); }
};

}  // namespace tcr::net
