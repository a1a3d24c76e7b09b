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

webhook::opened webhook::open(net::server_request const& request, review_reader& reader)
{
    if (request.content_type != "application/json")
        return note(request, bad_request(415, "an AdmissionReview comes as application/json"));
    auto review = reader.read(request.body);
    if (!review)
        return note(request, bad_request(400, review.error().message()));
    if (review->group != group_ || review->resource != resource_ || !review->subresource.empty())
    {
        auto const asked = review->group + "/" + review->resource + "/" + review->subresource;
        return note(
            request,
            bad_request(
                400,
                "reviews of " + resource_ + " are answered here, and this is one of " + printable(asked, 120)
            )
        );
    }
    return std::move(*review);
}

net::server_response webhook::close(
    net::server_request const& request, review_request const& review, review_answer const& answer
)
{
    net::server_response response;
    response.content_type = "application/json";
    response.body = review_text(review, answer);
    return note(request, std::move(response));
}

net::server_response webhook::note(net::server_request const& request, net::server_response response)
{
    ++responses_[response.status];
    auto const length = std::chrono::steady_clock::now() - request.started_at;
    latency_.observe(std::chrono::duration<double>(length).count());
    return response;
}

}  // namespace tcr::admission
