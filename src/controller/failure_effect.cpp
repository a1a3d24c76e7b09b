// SPDX-License-Identifier: Apache-2.0
#include "failure_effect.hpp"

#include "reasons.hpp"
#include <tcr/kube/errc.hpp>
#include <tcr/net/errc.hpp>

#include <boost/asio/error.hpp>

#include <utility>

namespace tcr::controller
{
namespace
{

using kube::errc;
using runtime::push_back;

/// What a failed request indicates about an overload of the API server. A denial by a webhook indicates
/// nothing, even with status 429, because the webhook chooses the status
/// (apiserver/pkg/admission/plugin/webhook/errors/statuserror.go).
push_back push_back_of(error const& failure)
{
    if (failure.detail.find("admission webhook") != std::string::npos)
        return push_back::none;
    bool const names_wait = failure.retry_after.count() > 0;
    if (failure.code == errc::too_many_requests || (failure.code == errc::unavailable && names_wait))
        return push_back::asked;
    bool const is_suspicious = failure.code == errc::unavailable || failure.code == net::errc::timed_out;
    return is_suspicious ? push_back::suspected : push_back::none;
}

std::string_view reason_of(error const& failure)
{
    static constexpr std::pair<errc, std::string_view> reasons[] = {
        {errc::already_exists, reason::conflict},
        {errc::quota_exceeded, reason::quota_exceeded},
        {errc::forbidden, reason::forbidden},
        {errc::invalid, reason::invalid},
        {errc::too_many_requests, reason::too_many_requests},
        {errc::unavailable, reason::server_unavailable},
        {errc::internal_error, reason::server_unavailable}};
    for (auto const& [code, name] : reasons)
        if (failure.code == code)
            return name;
    return failure.code.category() == kube::category() ? reason::failed : reason::server_unavailable;
}

}  // namespace

failure_effect effect_of(error const& failure)
{
    using end = runtime::work_outcome::end;
    // This process no longer leads, or it stops. The run does not count as failed, because the next leader
    // queues every namespace.
    if (failure.code == net::errc::gate_closed || failure.code == boost::asio::error::operation_aborted)
        return {end::interrupted, true};
    if (failure.code == errc::namespace_terminating)
        return {std::nullopt, true};
    // The namespace was deleted during the run. Its DELETED event follows.
    if (failure.code == errc::not_found)
        return {};
    // Another client changed the object first. The queue retries soon, with the newer object from the watch.
    if (failure.code == errc::conflict)
        return {end::conflicted};
    // After 429, the next steps would probably fail, too. Another failure may affect only this object.
    return {end::failed, failure.code == errc::too_many_requests, reason_of(failure), push_back_of(failure)};
}

}  // namespace tcr::controller
