// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/fake_cloud.hpp"
#include "harness/fixture.hpp"
#include "harness/secret_memory.hpp"
#include <tcr/util/strings.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

// Helpers for the programs that test credentials that are not in the ImagePullSecret itself.
namespace tcr::test
{

inline constexpr char home[] = "tcr-assistant-system";
inline constexpr char credential_label[] = "tcr.tencentcloudcr.com/credential";

/// Time in which the controller completes any pending work.
inline constexpr std::chrono::milliseconds a_while{700};

/// Returns "STATUS REASON" of a condition; empty if the condition is missing.
inline std::string condition_of(json::object const& cr, std::string_view type)
{
    auto const list = at(cr, {"status", "conditions"});
    if (list.is_array())
        for (auto const& each : list.get_array())
            if (each.at("type").as_string() == type)
                return std::string(each.at("status").as_string()) + " " +
                       std::string(each.at("reason").as_string());
    return {};
}

/// Fixture of all cases.
struct credential_fixture : fixture
{
    using fixture::fixture;

    void put_password(
        std::string const& name, std::string const& value, std::string const& ns = home, bool has_label = true
    )
    {
        remember_secret(value);
        json::object metadata{{"name", name}};
        if (has_label)
            metadata["labels"] = json::object{{credential_label, "true"}};
        json::object const body{
            {"apiVersion", "v1"},
            {"kind", "Secret"},
            {"metadata", metadata},
            {"data", {{"password", tcr::base64_encode(value)}}}};
        api.create(secrets, ns, body);
        if (ns == home)
            made_.push_back(name);
    }

    void change_password(std::string const& name, std::string const& value)
    {
        remember_secret(value);
        api.patch(secrets, home, name, R"({"data":{"password":")" + tcr::base64_encode(value) + "\"}}");
    }

    ~credential_fixture()
    {
        for (auto const& name : made_)
            api.remove(secrets, home, name);
    }

    verdict has_condition(std::string const& cr, std::string const& type, std::string const& wanted)
    {
        auto const found = condition_of(api.get(image_pull_secrets, {}, cr), type);
        return found == wanted ? verdict(true)
                               : wrong(type + " of " + cr + " is \"" + found + "\", not \"" + wanted + '"');
    }

    /// Whether `cr` has the Event `wanted`, which is "TYPE REASON".
    verdict has_event(std::string const& cr, std::string const& wanted)
    {
        std::string found;
        for (auto const& event : api.list(events, "default"))
            if (text_at(event, {"involvedObject", "name"}) == cr)
                found += text_at(event, {"type"}) + " " + text_at(event, {"reason"}) + "; ";
        return found.find(wanted + ";") != std::string::npos ? verdict(true)
                                                             : wrong("found the Events " + found);
    }

    /// Creates an ImagePullSecret that refers to a credential. `spec` is JSON text. \return the name of the
    /// ImagePullSecret
    std::string make_referring(std::string const& spec)
    {
        auto const name = fresh_name();
        json::object const body{
            {"apiVersion", "tcr.tencentcloudcr.com/v1"},
            {"kind", "ImagePullSecret"},
            {"metadata", {{"name", name}}},
            {"spec", json::parse(spec)}};
        api.create(image_pull_secrets, {}, body);
        image_pull_secrets_.push_back(name);
        return name;
    }

    void drop_referring()
    {
        for (auto const& name : image_pull_secrets_)
            api.remove(image_pull_secrets, {}, name);
        image_pull_secrets_.clear();
    }

    /// Returns the spec that `fixture::served` needs.
    spec spec_of(std::string const& cr, std::vector<std::string> const& where, std::string const& password)
        const
    {
        spec expected;
        expected.name = cr;
        expected.namespaces = list_of(where);
        expected.password = password;
        return expected;
    }

    std::vector<std::string> made_;
    std::vector<std::string> image_pull_secrets_;
};

/// A controller and a fake cloud. The tokens of the cloud are valid for `life`.
struct cloud_fixture : credential_fixture
{
    explicit cloud_fixture(std::chrono::seconds life, std::vector<std::string> const& more = {})
        : credential_fixture(without_controller), cloud(flags_for(life, more))
    {
    }
    ~cloud_fixture()
    {
        drop_referring();
        let_pass(a_while);
        if (controller.is_running())
            controller.stop();
        for (auto const& each : api.list(secrets, home))
            if (name_of(each).starts_with("tcr-assistant-token-"))
                api.remove(secrets, home, name_of(each));
        controller.start();
    }

    static std::vector<std::string> flags_for(std::chrono::seconds life, std::vector<std::string> const& more)
    {
        std::vector<std::string> flags{
            "--token-life=" + std::to_string(life.count()), "--instance=tcr-dg284imq,demo,ap-guangzhou"};
        flags.insert(flags.end(), more.begin(), more.end());
        return flags;
    }

    void start(std::vector<std::string> const& more = {})
    {
        auto flags = cloud.controller_flags();
        flags.insert(flags.end(), more.begin(), more.end());
        controller.start(flags);
    }

    static std::string token_spec(
        std::string const& ns,
        std::string const& server = "demo.tencentcloudcr.com",
        std::string const& type = "temp"
    )
    {
        return R"({"namespaces":")" + ns + R"(","docker":{"server":")" + server +
               R"("},"tcr":{"registryId":"tcr-dg284imq","region":"ap-guangzhou","tokenType":")" + type +
               "\"}}";
    }

    /// Returns the password in the Secret of a namespace; empty if the Secret does not exist.
    std::string password_in(
        std::string const& ns, std::string const& cr, std::string const& server = "demo.tencentcloudcr.com"
    )
    {
        auto const secret = api.find(secrets, ns, "tcr.ips" + cr);
        if (!secret)
            return {};
        auto const config = json::parse(docker_config_of(*secret));
        auto const* login = config.at("auths").as_object().if_contains(server);
        return login == nullptr ? std::string() : std::string(login->at("password").as_string());
    }

    static verdict leads(controller_process const& which)
    {
        constexpr char metric[] = "leader_election_master_status{name=\"tcr-assistant-leader-election\"} 1\n";
        return which.metrics().body.find(metric) != std::string::npos ? verdict(true)
                                                                      : wrong("it is not the leader");
    }

    verdict has_last_token(
        std::string const& ns, std::string const& cr, std::string const& server = "demo.tencentcloudcr.com"
    )
    {
        auto const there = password_in(ns, cr, server);
        return !there.empty() && there == cloud.last_token() ? verdict(true)
                                                             : wrong(ns + " does not have the last token");
    }

    fake_cloud cloud;
};

struct long_token_lives : cloud_fixture
{
    long_token_lives() : cloud_fixture(std::chrono::seconds(3600)) {}
};

}  // namespace tcr::test
