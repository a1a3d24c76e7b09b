// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/errc.hpp>
#include <tcr/runtime/lease.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

namespace tcr::runtime
{
namespace
{

namespace json = boost::json;

/// The value at a JSON pointer, or null.
json::value at(json::value const& from, std::string_view pointer)
{
    boost::system::error_code ec;
    auto const* found = from.find_pointer(pointer, ec);
    return found != nullptr ? *found : json::value();
}

std::string text(json::value const& from, std::string_view pointer)
{
    auto const value = at(from, pointer);
    return value.is_string() ? std::string(value.get_string()) : std::string();
}

std::int64_t number(json::value const& from, std::string_view pointer)
{
    auto const value = at(from, pointer);
    return value.is_int64() ? value.get_int64() : 0;
}

json::object spec_of(lease const& record)
{
    json::object spec;
    spec["holderIdentity"] = record.holder;
    spec["leaseDurationSeconds"] = record.duration.count();
    if (!record.acquire_time.empty())
        spec["acquireTime"] = record.acquire_time;
    spec["renewTime"] = record.renew_time;
    spec["leaseTransitions"] = record.transitions;
    return spec;
}

}  // namespace

lease released(lease record, std::string const& time)
{
    record.holder.clear();
    record.renew_time = time;
    record.duration = std::chrono::seconds(1);
    return record;
}

result<lease> parse_lease(std::string_view body)
{
    boost::system::error_code ec;
    auto const parsed = json::parse(body, ec);
    auto const version = parse_u64(text(parsed, "/metadata/resourceVersion"));
    if (!version)
        return error(kube::errc::bad_answer, "the answer is not a Lease with a resourceVersion");
    lease record;
    record.holder = text(parsed, "/spec/holderIdentity");
    record.duration = std::chrono::seconds(number(parsed, "/spec/leaseDurationSeconds"));
    record.acquire_time = text(parsed, "/spec/acquireTime");
    record.renew_time = text(parsed, "/spec/renewTime");
    record.transitions = number(parsed, "/spec/leaseTransitions");
    record.resource_version = *version;
    return record;
}

std::string lease_body(std::string_view ns, std::string_view name, lease const& record)
{
    return json::serialize(json::object(
        {{"apiVersion", "coordination.k8s.io/v1"},
         {"kind", "Lease"},
         {"metadata", json::object({{"namespace", ns}, {"name", name}})},
         {"spec", spec_of(record)}}
    ));
}

std::string lease_patch(lease const& record)
{
    return json::serialize(json::object(
        {{"metadata", json::object({{"resourceVersion", std::to_string(record.resource_version)}})},
         {"spec", spec_of(record)}}
    ));
}

}  // namespace tcr::runtime
