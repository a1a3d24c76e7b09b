#include <tcr/kube/errc.hpp>
#include <tcr/runtime/lease.hpp>
#include <tcr/util/json_text.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

namespace tcr::runtime
{
namespace
{

namespace json = boost::json;

std::string text(json::object const& object, char const* key)
{
    auto const* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number(json::object const& object, char const* key)
{
    auto const* value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
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
    auto const* object = parsed.if_object();
    auto const* metadata = !ec && object != nullptr ? object->if_contains("metadata") : nullptr;
    if (metadata == nullptr || !metadata->is_object())
        return error(kube::errc::bad_answer, "the answer is not a Lease");
    auto const version = parse_u64(text(metadata->get_object(), "resourceVersion"));
    if (!version)
        return error(kube::errc::bad_answer, "the Lease has no resourceVersion");
    lease record;
    record.resource_version = *version;
    auto const* spec = object->if_contains("spec");
    if (spec == nullptr || !spec->is_object())
        return record;
    auto const& fields = spec->get_object();
    record.holder = text(fields, "holderIdentity");
    record.duration = std::chrono::seconds(number(fields, "leaseDurationSeconds"));
    record.acquire_time = text(fields, "acquireTime");
    record.renew_time = text(fields, "renewTime");
    record.transitions = number(fields, "leaseTransitions");
    return record;
}

std::string lease_body(std::string_view ns, std::string_view name, lease const& record)
{
    json::object metadata;
    metadata["namespace"] = json_text(ns);
    metadata["name"] = json_text(name);
    json::object body;
    body["apiVersion"] = "coordination.k8s.io/v1";
    body["kind"] = "Lease";
    body["metadata"] = std::move(metadata);
    body["spec"] = spec_of(record);
    return json::serialize(body);
}

std::string lease_patch(lease const& record)
{
    json::object metadata;
    metadata["resourceVersion"] = std::to_string(record.resource_version);
    json::object body;
    body["metadata"] = std::move(metadata);
    body["spec"] = spec_of(record);
    return json::serialize(body);
}

}  // namespace tcr::runtime
