// SPDX-License-Identifier: Apache-2.0
#pragma once

// The common part of both webhooks: HTTP requests, responses and metrics.

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

/// Base of the webhooks: parses requests into reviews, makes responses from answers, and counts and times the
/// responses.
class webhook
{
public:
    webhook(webhook const&) = delete;
    webhook& operator=(webhook const&) = delete;

    /// Number of responses by HTTP status.
    std::map<unsigned, std::uint64_t> const& responses() const { return responses_; }

    /// Time in seconds from the first byte of a request to its response.
    histogram const& latency() const { return latency_; }

    /// Number of reviews that are not answered yet.
    std::size_t in_flight() const { return in_flight_; }

protected:
    /// `group` and `resource` name the type of the objects that the webhook reviews.
    webhook(std::string group, std::string resource);
    ~webhook() = default;

    /// Parses the review in a request and passes its objects to the readers of `reader`. \return the review,
    /// or a response with an error status: 415 if the media type is not JSON; 400 if `review_reader::read`
    /// fails, or if the review is of another resource or of a subresource.
    using parse_result = std::variant<review_request, net::server_response>;
    parse_result parse(net::server_request const& request, review_reader& reader);

    /// Makes the response that contains `answer`.
    net::server_response respond(
        net::server_request const& request, review_request const& review, review_answer const& answer
    );

    /// An object of this class counts one review as in flight during its lifetime.
    class review_in_flight
    {
    public:
        explicit review_in_flight(webhook& owner) : count_(owner.in_flight_) { ++count_; }
        ~review_in_flight() { --count_; }
        review_in_flight(review_in_flight const&) = delete;
        review_in_flight& operator=(review_in_flight const&) = delete;

    private:
        std::size_t& count_;
    };

private:
    net::server_response count(net::server_request const& request, net::server_response response);

    std::string group_;
    std::string resource_;
    std::map<unsigned, std::uint64_t> responses_;
    histogram latency_;
    std::size_t in_flight_ = 0;
};

}  // namespace tcr::admission
