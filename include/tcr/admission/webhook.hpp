#pragma once

#include <tcr/admission/review.hpp>
#include <tcr/net/http_handler.hpp>
#include <tcr/util/histogram.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace tcr::admission
{

/// What all webhooks share: the way from an HTTP request to a review, from an answer to a response, and their
/// figures.
class webhook
{
public:
    webhook(webhook const&) = delete;
    webhook& operator=(webhook const&) = delete;

    /// Responses by HTTP status.
    std::map<unsigned, std::uint64_t> const& responses() const { return responses_; }

    /// Seconds from a request's first byte to its answer.
    histogram const& latency() const { return latency_; }

    /// Reviews that wait for something.
    std::size_t in_flight() const { return in_flight_; }

protected:
    /// Of the resource that it reviews.
    webhook(std::string group, std::string resource);
    ~webhook() = default;

    /// The review in a request, its objects being with the reader's readers; or the response that refuses it:
    /// 415 for another media type than JSON, 400 for what is no review of v1 or one of another resource.
    using opened = std::variant<review_request, net::server_response>;
    opened open(net::server_request const& request, review_reader& reader);

    /// The response with an answer.
    net::server_response close(
        net::server_request const& request, review_request const& review, review_answer const& answer
    );

    /// Counts a review in flight as long as it lives.
    class flight
    {
    public:
        explicit flight(webhook& whose) : count_(whose.in_flight_) { ++count_; }
        ~flight() { --count_; }
        flight(flight const&) = delete;
        flight& operator=(flight const&) = delete;

    private:
        std::size_t& count_;
    };

private:
    net::server_response note(net::server_request const& request, net::server_response response);

    std::string group_;
    std::string resource_;
    std::map<unsigned, std::uint64_t> responses_;
    histogram latency_;
    std::size_t in_flight_ = 0;
};

}  // namespace tcr::admission
