// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/child_process.hpp"
#include "harness/webhook_fixture.hpp"
#include <tcr/net/certificate.hpp>
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <fstream>
#include <optional>
#include <string>

// Helpers for the programs that test the certificate of the webhooks.
namespace tcr::test
{

inline std::string const own_namespace = "tcr-assistant-system";
inline std::string const secret_name = "tcr-assistant-webhook-server-cert";
inline std::string const service_name = "tcr-assistant-webhook-service.tcr-assistant-system.svc";
inline std::string const validating_name = "tcr-assistant-validating-webhook-configuration";
inline std::string const mutating_name = "tcr-assistant-mutating-webhook-configuration";

/// The environment's controller with webhooks, and the objects that hold the certificate of the webhooks.
struct certificates : webhook_fixture
{
    certificates() { api.remove(secrets, own_namespace, secret_name); }

    void start(std::vector<std::string> const& flags = {})
    {
        controller.start(flags);
        BOOST_TEST_REQUIRE(eventually([&] { return is_trusted(); }));
    }

    std::optional<json::object> stored() { return api.find(secrets, own_namespace, secret_name); }

    /// Returns an entry of the Secret, decoded; empty if the entry is missing.
    std::string entry(std::string const& key)
    {
        auto const secret = stored();
        return secret ? tcr::base64_decode(text_at(*secret, {"data", key})).value_or("") : std::string();
    }

    std::string bundle_of(tcr::kube::resource const& type, std::string const& name)
    {
        auto const configuration = api.get(type, {}, name);
        auto const hook = at(configuration, {"webhooks"}).as_array().at(0).as_object();
        return tcr::base64_decode(text_at(hook, {"clientConfig", "caBundle"})).value_or("");
    }

    /// Whether both webhook configurations contain the CA of the Secret.
    verdict is_trusted()
    {
        auto const ca = entry("ca.crt");
        if (ca.empty())
            return wrong("no CA in the Secret");
        if (bundle_of(validating_webhooks, validating_name) != ca)
            return wrong("the validating configuration has another CA");
        if (bundle_of(mutating_webhooks, mutating_name) != ca)
            return wrong("the mutating configuration has another CA");
        return true;
    }

    /// Connects to the webhooks as a caller that trusts only the CAs in `bundle`. \return curl's exit status:
    /// 0 if the certificate is trusted, 60 if the certificate is not trusted
    static int connect(unsigned short port, std::string const& bundle, std::filesystem::path const& folder)
    {
        auto const file = folder / "caller-ca.pem";
        std::ofstream(file) << bundle;
        auto const where = service_name + ":" + std::to_string(port);
        return run_command({"curl",
                            "--silent",
                            "--noproxy",
                            "*",
                            "--cacert",
                            file,
                            "--resolve",
                            where + ":127.0.0.1",
                            "https://" + where + "/"})
            .status;
    }

    int connect_as_configured()
    {
        return connect(
            controller.webhook_port(), bundle_of(validating_webhooks, validating_name), control_plane.folder()
        );
    }

    static std::string encoded(std::string const& text) { return "\"" + tcr::base64_encode(text) + "\""; }

    void change_secret(std::string const& data)
    {
        api.patch(secrets, own_namespace, secret_name, "{\"data\":{" + data + "}}");
    }

    static tcr::net::issued_certificate issue()
    {
        tcr::net::certificate_request request;
        request.common_name = service_name;
        request.names = {service_name};
        request.not_before = std::chrono::system_clock::now() - std::chrono::minutes(5);
        request.not_after = std::chrono::system_clock::now() + std::chrono::hours(24);
        auto const issued = tcr::net::issue_certificate(request);
        BOOST_TEST_REQUIRE(issued.has_value());
        return *issued;
    }

    /// Creates the Secret as cert-manager does: with its own CA and without our label.
    tcr::net::issued_certificate make_cert_managers()
    {
        auto const issued = issue();
        json::object data{
            {"ca.crt", tcr::base64_encode(issued.ca_pem)},
            {"tls.crt", tcr::base64_encode(issued.certificate_pem)},
            {"tls.key", tcr::base64_encode(issued.key_pem)}};
        json::object annotations{{"cert-manager.io/certificate-name", "webhook"}};
        json::object metadata{{"name", secret_name}, {"annotations", annotations}};
        json::object body{
            {"apiVersion", "v1"},
            {"kind", "Secret"},
            {"type", "kubernetes.io/tls"},
            {"metadata", metadata},
            {"data", data}};
        api.create(secrets, own_namespace, body);
        return issued;
    }
};

}  // namespace tcr::test
