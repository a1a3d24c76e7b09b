// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/util/async.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <string>
#include <utility>
#include <vector>

namespace tcr::test
{

/// A stream with a scripted peer. The peer receives all that is written, sends `pieces`, and then ends the
/// stream with an error. A test can hold one operation until it is cancelled, or let one operation fail.
class scripted_stream
{
public:
    using error_code = boost::system::error_code;
    using executor_type = asio::any_io_executor;

    scripted_stream(executor_type executor, std::vector<std::string> pieces, error_code last)
        : executor_(executor), pieces_(std::move(pieces)), last_(last), hold_(executor)
    {
    }

    executor_type get_executor() { return executor_; }

    /// Sets the number of the operation (first: 0) that completes only when it is cancelled.
    void hold_at(std::size_t operation) { hold_at_ = operation; }

    /// Sets the number of the operation (first: 0) that fails with this error.
    void fail_at(std::size_t operation, error_code with)
    {
        fail_at_ = operation;
        failure_ = with;
    }

    std::size_t operations() const { return operations_; }
    std::string const& written() const { return written_; }
    bool is_output_ended() const { return is_output_ended_; }

    template <class Buffers, class Token>
    auto async_write_some(Buffers const& buffers, Token&& token)
    {
        auto start = [this](auto handler, auto from)
        {
            if (operations_ != hold_at_ && operations_ != fail_at_)
                for (auto each = asio::buffer_sequence_begin(from); each != asio::buffer_sequence_end(from);
                     ++each)
                    written_.append(static_cast<char const*>(each->data()), each->size());
            complete(std::move(handler), {}, asio::buffer_size(from));
        };
        return asio::async_initiate<Token, void(error_code, std::size_t)>(std::move(start), token, buffers);
    }

    template <class Buffers, class Token>
    auto async_read_some(Buffers const& buffers, Token&& token)
    {
        auto start = [this](auto handler, auto to)
        {
            if (operations_ == hold_at_ || operations_ == fail_at_ || next_ == pieces_.size())
                return complete(std::move(handler), last_, 0);
            auto& piece = pieces_[next_];
            auto const count = asio::buffer_copy(to, asio::buffer(piece));
            piece.erase(0, count);
            if (piece.empty())
                ++next_;
            complete(std::move(handler), {}, count);
        };
        return asio::async_initiate<Token, void(error_code, std::size_t)>(std::move(start), token, buffers);
    }

    /// Records the end of the output. The HTTP server calls this function. The call does not count as an
    /// operation.
    friend void end_output(scripted_stream& stream) { stream.is_output_ended_ = true; }

private:
    template <class Handler>
    void complete(Handler handler, error_code ec, std::size_t count)
    {
        auto const operation = operations_++;
        if (operation == fail_at_)
        {
            ec = failure_;
            count = 0;
        }
        if (operation != hold_at_)
            return asio::post(
                executor_,
                [handler = std::move(handler), ec, count]() mutable { std::move(handler)(ec, count); }
            );
        hold_.expires_at(asio::steady_timer::time_point::max());
        auto const slot = asio::get_associated_cancellation_slot(handler);
        auto ended = [handler = std::move(handler)](error_code why) mutable
        { std::move(handler)(why, std::size_t{0}); };
        hold_.async_wait(asio::bind_cancellation_slot(slot, std::move(ended)));
    }

    executor_type executor_;
    std::vector<std::string> pieces_;
    error_code last_;
    asio::steady_timer hold_;
    std::size_t next_ = 0;
    std::size_t operations_ = 0;
    std::size_t hold_at_ = static_cast<std::size_t>(-1);
    std::size_t fail_at_ = static_cast<std::size_t>(-1);
    error_code failure_;
    std::string written_;
    bool is_output_ended_ = false;
};

/// Splits a text into pieces of one byte.
inline std::vector<std::string> byte_by_byte(std::string const& text)
{
    std::vector<std::string> pieces;
    for (char c : text)
        pieces.emplace_back(1, c);
    return pieces;
}

}  // namespace tcr::test
