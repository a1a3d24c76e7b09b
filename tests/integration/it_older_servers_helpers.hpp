// SPDX-License-Identifier: Apache-2.0
#pragma once

// A sandbox whose API server lacks features of newer versions of Kubernetes, with its CRD and webhook.

#include "harness/webhook_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tcr::test
{

/// Whether CRD ratcheting can be turned off. Before 1.30, it is off.
inline bool may_lack_ratcheting(int minor)
{
    return minor >= 30 && minor < 33;
}

/// Turns off the features of newer versions. The API server does not start if a gate is unknown to its
/// version, or locked.
inline std::vector<std::string> older_flags()
{
    auto const minor = minor_version();
    std::string gates = "WatchList=false";
    if (minor < 30)
        gates += ",CustomResourceValidationExpressions=false,AdmissionWebhookMatchConditions=false";
    else if (may_lack_ratcheting(minor))
        gates += ",CRDValidationRatcheting=false";
    std::vector<std::string> flags{"--feature-gates=" + gates};
    std::string const policies = "admissionregistration.k8s.io/v1/validatingadmissionpolic";
    if (minor >= 30)
        flags.insert(
            flags.end(),
            {"--runtime-config=" + policies + "ies=false," + policies + "ybindings=false",
             "--disable-admission-plugins=ValidatingAdmissionPolicy"}
        );
    return flags;
}

inline constexpr char const* crd_name = "crd/imagepullsecrets.tcr.tencentcloudcr.com";

/// Applies `change` to each object in `value`, at all depths.
inline void for_each_object(json::value& value, std::function<void(json::object&)> const& change)
{
    if (auto* object = value.if_object())
    {
        change(*object);
        for (auto& member : *object)
            for_each_object(member.value(), change);
    }
    if (auto* list = value.if_array())
        for (auto& each : *list)
            for_each_object(each, change);
}

/// The first fixture removes the CRD's CEL rules for all cases.
struct older_server : webhook_fixture
{
    older_server()
    {
        static bool const is_first = remove_rules();
        (void)is_first;
    }

    /// Undoes `change_schema`.
    ~older_server()
    {
        if (former_crd_.empty())
            return;
        if (controller.is_running())
            controller.stop();
        control_plane.kubectl({"replace", "-f", "-"}, former_crd_);
    }

    /// Removes the CRD's CEL rules, and waits until the API server no longer applies them.
    bool remove_rules()
    {
        auto crd = json::parse(crd_text());
        for_each_object(crd, [](auto& object) { object.erase("x-kubernetes-validations"); });
        control_plane.kubectl({"replace", "-f", "-"}, json::serialize(crd));
        auto const is_accepted = [&]() -> verdict
        { return api.try_to_create(image_pull_secrets, {}, without_user("tried")).has_value(); };
        BOOST_TEST_REQUIRE(eventually(is_accepted));
        return true;
    }

    /// The CRD, without its version, so that it can be written again.
    std::string crd_text()
    {
        auto crd = json::parse(control_plane.kubectl({"get", crd_name, "-o", "json"}));
        crd.at("metadata").as_object().erase("resourceVersion");
        return json::serialize(crd);
    }

    /// Changes the schema of the CRD until the end of the case. `path` leads from the object to a field:
    /// "spec/docker".
    void change_schema(std::string path, std::function<void(json::object&)> const& change)
    {
        former_crd_ = crd_text();
        auto crd = json::parse(former_crd_);
        auto* schema = &crd.at("spec").at("versions").at(0).at("schema").at("openAPIV3Schema");
        while (!path.empty())
        {
            auto const name = path.substr(0, path.find('/'));
            path.erase(0, name.size() + 1);
            schema = &schema->at("properties").at(name);
        }
        change(schema->as_object());
        control_plane.kubectl({"replace", "-f", "-"}, json::serialize(crd));
    }

    /// An ImagePullSecret that only a CEL rule of the CRD would refuse.
    static json::object without_user(std::string const& name)
    {
        spec cr;
        cr.name = name;
        auto body = body_of(cr).as_object();
        body["spec"].as_object()["docker"].as_object().erase("username");
        return body;
    }

    /// Starts the controller with webhooks, whose configuration then has no matchConditions.
    void start_with_webhooks()
    {
        controller.start();
        control_plane.kubectl(
            {"patch",
             "validatingwebhookconfiguration",
             "tcr-assistant-validating-webhook-configuration",
             "-p",
             R"({"webhooks":[{"name":"imagepullsecrets.tcr.tencentcloudcr.com","matchConditions":null}]})"}
        );
        auto const conditions = control_plane.kubectl(
            {"get",
             "validatingwebhookconfiguration",
             "-o",
             "jsonpath={.items[*].webhooks[*].matchConditions}"}
        );
        BOOST_TEST_REQUIRE(conditions == "");
        BOOST_TEST_REQUIRE(eventually([&] { return is_ready(); }));
    }

    /// The writes of the status of `cr` that the API server answered with this status since `mark`.
    std::size_t status_writes(audit_mark const& mark, spec const& cr, int answer)
    {
        return count_calls(
            audit.since(mark),
            [&](auto const& call)
            { return call.subresource == "status" && call.name == cr.name && call.status == answer; }
        );
    }

    /// The Events of this reason about `cr`.
    std::vector<json::object> events_about(spec const& cr, std::string const& reason)
    {
        std::vector<json::object> found;
        for (auto const& event : api.list(tcr::test::events, "default"))
            if (text_at(event, {"reason"}) == reason && text_at(event, {"involvedObject", "name"}) == cr.name)
                found.push_back(event);
        return found;
    }

    std::string ready_reason(spec const& cr)
    {
        auto const list = at(api.get(image_pull_secrets, {}, cr.name), {"status", "conditions"});
        if (list.is_array())
            for (auto const& each : list.get_array())
                if (text_at(each.as_object(), {"type"}) == "Ready")
                    return text_at(each.as_object(), {"reason"});
        return {};
    }

    verdict is_deleted(spec const& cr)
    {
        return !api.find(image_pull_secrets, {}, cr.name) ? verdict(true) : wrong(cr.name + " exists");
    }

private:
    std::string former_crd_;
};

}  // namespace tcr::test
