// SPDX-License-Identifier: Apache-2.0

// Parsers of small documents that are not streamed: a Status, a Lease, an ExecCredential.
#include "fuzz_target.hpp"
#include <tcr/kube/errc.hpp>
#include <tcr/kube/exec_plugin.hpp>
#include <tcr/kube/status.hpp>
#include <tcr/runtime/lease.hpp>

#include <boost/json.hpp>

TCR_FUZZ_TARGET(kube_answers)
{
    using namespace tcr;
    auto const status = kube::parse_status(bytes);
    fuzz::require(status.retry_after.count() >= 0, "no wait is negative");
    kube::classify(status);
    fuzz::require(fuzz::is_one_line(kube::to_error(status, "reading").message()), "an error is one line");
    net::http_response response;
    response.status = 409;
    response.error_body = bytes;
    fuzz::require(fuzz::is_one_line(kube::to_error(response, "reading").message()), "an error is one line");

    if (auto record = runtime::parse_lease(bytes))
    {
        boost::json::parse(runtime::lease_patch(*record));
        record->resource_version = 7;
        auto body = boost::json::parse(runtime::lease_body("ns", "name", *record)).as_object();
        body["metadata"].as_object()["resourceVersion"] = "7";
        auto const again = runtime::parse_lease(boost::json::serialize(body));
        fuzz::require(again.has_value(), "a Lease that is written can be read");
        fuzz::require(*again == *record, "a Lease that is written is read as the same");
    }
    auto const credential = kube::parse_exec_credential(bytes, "client.authentication.k8s.io/v1");
    if (credential)
        fuzz::require(!credential->is_empty(), "an ExecCredential holds a credential");
    else
        fuzz::require(fuzz::is_one_line(credential.error().message()), "an error is one line");
}
