// SPDX-License-Identifier: Apache-2.0

// Parsers of the answers of the cloud's API, its STS and a machine's metadata server. The first byte selects
// the HTTP status; the rest is the answer's body.
#include "cloud_answer.hpp"

#include "answer_values.hpp"
#include "fuzz_target.hpp"
#include "session_keys.hpp"
#include "token_server.hpp"

#include <boost/json.hpp>

namespace
{

using namespace tcr;

template <class T>
void check(result<T> const& read)
{
    if (!read)
        fuzz::require(fuzz::is_one_line(read.error().message()), "an error is one line");
}

void read_all(boost::json::object const& response)
{
    using clock = std::chrono::system_clock;
    if (auto const token = registry::parse_token(response))
        fuzz::require(
            !token->password.empty() && token->expires_at > clock::time_point(), "a token can be used"
        );
    check(registry::parse_token(response));
    check(registry::parse_instance(response, "tcr-1"));
    check(registry::parse_domains(response));
    check(registry::parse_tokens(response));
    auto const keys = registry::parse_assumed_role(response);
    check(keys);
    if (keys)
        registry::renewal_time(clock::time_point(std::chrono::seconds(1'700'000'000)), *keys->expires_at);
    for (auto const& each : response)
    {
        registry::time_in(response, each.key());
        registry::flag_in(response, each.key());
        if (auto const* below = each.value().if_object())
            read_all(*below);
    }
}

}  // namespace

TCR_FUZZ_TARGET(cloud_answer)
{
    using namespace std::chrono_literals;
    constexpr std::string_view secret = "SecretSecretSecret";
    fuzz::input_reader input(bytes);
    constexpr unsigned statuses[] = {200, 400, 403, 429, 503};
    net::web_response answer;
    answer.status = statuses[input.take_below(std::size(statuses))];
    answer.headers = {{"date", std::string(input.rest().substr(0, 29))}};
    answer.body = input.rest();
    auto const read = registry::read_cloud_answer(
        "CreateInstanceToken",
        answer,
        {std::string(secret)},
        std::chrono::system_clock::time_point(1'700'000'000s)
    );
    if (read.refusal)
    {
        auto const message = read.refusal->message();
        fuzz::require(fuzz::is_one_line(message), "an error is one line");
        fuzz::require(message.find(secret) == std::string::npos, "an error shows no secret");
        fuzz::require(message.size() < 4096, "an error is short");
    }
    // `read_all` is recursive. Boost.JSON limits the nesting, so the stack is sufficient.
    read_all(read.response);
    check(registry::parse_role_name(input.rest()));
    check(registry::parse_role_keys(input.rest()));
    registry::token_in(input.rest());
}
