// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/webhook.hpp>
#include <tcr/util/strings.hpp>

#include <utility>

namespace tcr::admission
{
namespace
{

net::server_response bad_request(unsigned status, std::string text)
{
    net::server_response response;
    response.status = status;
    response.body = std::move(text) + "\n";
    return response;
}

}  // namespace

webhook::webhook(std::string group, std::string resource)
    : group_(std::move(group)),
      resource_(std::move(resource)),
      responses_{{200, 0}},
      latency_({0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1})
{
}

webhook::parse_result webhook::parse(net::server_request const& request, review_reader& reader)
{
    if (request.content_type != "application/json")
        return count(request, bad_request(415, "expected Content-Type: application/json"));
    auto review = reader.read(request.body);
    if (!review)
        return count(request, bad_request(400, review.error().message()));
    if (review->group != group_ || review->resource != resource_ || !review->subresource.empty())
    {
        auto const actual = review->group + "/" + review->resource + "/" + review->subresource;
        auto text = "expected a review of " + resource_ + ", not of " + printable(actual, 120);
        return count(request, bad_request(400, std::move(text)));
    }
    return std::move(*review);
}

net::server_response webhook::respond(
    net::server_request const& request, review_request const& review, review_answer const& answer
)
{
    net::server_response response;
    response.content_type = "application/json";
    response.body = review_text(review, answer);
    return count(request, std::move(response));
}

net::server_response webhook::count(net::server_request const& request, net::server_response response)
{
    ++responses_[response.status];
    auto const duration = std::chrono::steady_clock::now() - request.started_at;
    latency_.observe(std::chrono::duration<double>(duration).count());
    return response;
}

}  // namespace tcr::admission
