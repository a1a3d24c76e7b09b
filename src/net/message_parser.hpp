// SPDX-License-Identifier: Apache-2.0
#pragma once

// Beast's HTTP/1.1 parser. Works around an assertion of Boost 1.81, and drops interim responses (1xx).

#include <tcr/net/errc.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/optional.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

namespace tcr::net
{

/// Base of the parsers of requests and responses. Works around an assertion of Beast 1.81 (`n >= 5` in
/// `parse_chunk_header`). The assertion fails for an empty chunked body if one call of `put` gets only the
/// first three bytes of the body and consumes none of them, and the next call gets the first four. In a build
/// without assertions, Beast parses this body correctly.
template <bool is_request>
class message_parser : public boost::beast::http::basic_parser<is_request>
{
    using base = boost::beast::http::basic_parser<is_request>;

public:
    using error_code = boost::system::error_code;

    /// Like `basic_parser::put`, with one difference: at the start of a chunked body, reports `need_more`
    /// while the input is shorter than the shortest chunked body ("0", CRLF, CRLF).
    std::size_t put(boost::asio::const_buffer bytes, error_code& ec)
    {
        constexpr std::size_t shortest_body = 5;
        if (this->is_header_done() && this->chunked() && !has_chunk_ && bytes.size() < shortest_body)
        {
            ec = boost::beast::http::error::need_more;
            return 0;
        }
        return base::put(bytes, ec);
    }

protected:
    using field = boost::beast::http::field;
    using string_view = boost::beast::string_view;
    using verb = boost::beast::http::verb;

    /// Receives the next bytes of the body, without chunk headers. An error ends the parsing.
    virtual void take(std::string_view piece, error_code& ec) = 0;

    void on_request_impl(verb, string_view, string_view, int, error_code&) override {}
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}

private:
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) final { has_chunk_ = true; }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) final
    {
        return on_body_impl(body, ec);
    }
    std::size_t on_body_impl(string_view body, error_code& ec) final
    {
        take(body, ec);
        return body.size();
    }
    void on_finish_impl(error_code&) final {}

    bool has_chunk_ = false;
};

/// Parses a response. Drops the interim responses (1xx, RFC 9110 section 15.2) before it. Status 101 is an
/// error, because no request of ours asks for another protocol.
///
/// `Message` is a parser of one response, with a member `status()`. Its constructor takes `Arguments`, such
/// as a reference to the object to fill. The interim responses and the final response fill the same object.
/// At the start of each response, `Message` must therefore discard the content of the previous response.
template <class Message, class... Arguments>
class final_response_parser
{
public:
    using error_code = boost::system::error_code;

    /// Max interim responses before the final response. More interim responses are an error.
    static constexpr unsigned max_interim = 10;

    /// \par Lifetimes objects that the arguments refer to must outlive the parser.
    explicit final_response_parser(Arguments... arguments)
        : arguments_(arguments...), message_(std::in_place, arguments...)
    {
    }

    /// Same as `basic_parser::put`. \par Errors also `errc::bad_response` for too many interim responses, for
    /// status 101, or for a status below 100.
    std::size_t put(boost::asio::const_buffer bytes, error_code& ec)
    {
        std::size_t used = 0;
        for (;;)
        {
            used += message_->put(bytes + used, ec);
            if (ec || !message_->is_header_done() || message_->status() >= 200)
                return used;
            constexpr unsigned switching_protocols = 101;
            bool const is_interim = message_->status() >= 100 && message_->status() != switching_protocols;
            if (!is_interim || ++interim_ > max_interim)
            {
                ec = errc::bad_response;
                return used;
            }
            restart();
        }
    }

    void put_eof(error_code& ec) { message_->put_eof(ec); }

    /// Whether the final response is complete.
    bool is_done() const { return message_->is_done() && message_->status() >= 200; }

    /// Whether at least one byte of the current response, interim or final, has been parsed.
    bool got_some() const { return message_->got_some(); }

    /// Whether the server keeps the connection open. Call it after the response is complete.
    bool keep_alive() const { return message_->keep_alive(); }

private:
    void restart()
    {
        std::apply([this](auto&... each) { message_.emplace(each...); }, arguments_);
    }

    std::tuple<Arguments...> arguments_;
    std::optional<Message> message_;
    unsigned interim_ = 0;
};

}  // namespace tcr::net
