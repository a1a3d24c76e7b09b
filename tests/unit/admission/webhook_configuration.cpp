// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/webhook_configuration.hpp>
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

namespace webhook_configuration_test
{

using namespace tcr;
using namespace tcr::admission;

struct watched_configuration
{
    int changes = 0;
    webhook_configuration_reflector reflector{[this] { ++changes; }};
    kube::list_decoder list{reflector};

    void show(std::string const& metadata, std::string const& webhooks)
    {
        reflector.begin_list();
        list.begin_page();
        BOOST_TEST(!list.on_body(
            R"({"kind":"ValidatingWebhookConfigurationList","metadata":{"resourceVersion":"10"},"items":[)"
            R"({"metadata":{"name":"c","uid":"u","resourceVersion":"5")" +
            metadata + R"(},"webhooks":[)" + webhooks + "]}]}"
        ));
        reflector.end_list(list.resource_version());
    }
};

std::string hook(std::string const& name, std::string const& bundle)
{
    auto const ca = bundle.empty() ? "" : R"(,"caBundle":")" + base64_encode(bundle) + "\"";
    return R"({"name":")" + name + R"(","clientConfig":{"service":{"name":"s"})" + ca + "}}";
}

BOOST_FIXTURE_TEST_SUITE(configuration_of_webhooks, watched_configuration)

BOOST_AUTO_TEST_CASE(a_configuration_trusts_if_each_webhook_does)
{
    show("", hook("a.example.com", "authority") + "," + hook("b.example.com", ""));
    BOOST_TEST_REQUIRE(reflector.configuration().has_value());
    BOOST_TEST(!reflector.configuration()->trusts("authority"));
    show("", hook("a.example.com", "authority") + "," + hook("b.example.com", "authority"));
    BOOST_TEST(reflector.configuration()->trusts("authority"));
    BOOST_TEST(!reflector.configuration()->trusts("authority and another"));
    BOOST_TEST(changes == 2);
}

BOOST_AUTO_TEST_CASE(a_configuration_with_cainjector_counts_as_trusting)
{
    show(R"(,"annotations":{"cert-manager.io/inject-ca-from":"ns/cert"})", hook("a.example.com", ""));
    BOOST_TEST(reflector.configuration()->trusts("authority"));
}

BOOST_AUTO_TEST_CASE(the_patch_names_each_webhook_and_nothing_but_its_bundle)
{
    show("", hook("a.example.com", "x") + "," + hook("b.example.com", ""));
    BOOST_TEST(
        ca_bundle_patch(*reflector.configuration(), "authority") ==
        R"({"metadata":{"resourceVersion":"5"},"webhooks":[)"
        R"({"name":"a.example.com","clientConfig":{"caBundle":"YXV0aG9yaXR5"}},)"
        R"({"name":"b.example.com","clientConfig":{"caBundle":"YXV0aG9yaXR5"}}]})"
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace webhook_configuration_test
