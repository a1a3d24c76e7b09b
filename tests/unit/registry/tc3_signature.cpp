// SPDX-License-Identifier: Apache-2.0
#include <tcr/registry/tc3_signature.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace tc3_signature_test
{

using tcr::registry::cloud_keys;
using tcr::registry::tc3_authorization;
using tcr::registry::tc3_canonical_hash;
using tcr::registry::tc3_request;
using tcr::registry::tc3_signature;
using tcr::registry::tc3_signing_key;
using tcr::registry::tc3_signing_key_of_day;

// The example keys in the vendor's documentation. Only older pages show the complete keys.
constexpr std::string_view example_id = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE";
constexpr std::string_view example_key = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE";

std::chrono::sys_seconds at(long seconds)
{
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

std::string hex_of(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned char c : bytes)
    {
        text += digits[c >> 4];
        text += digits[c & 15];
    }
    return text;
}

std::string bytes_of(std::string_view hex)
{
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
}

/// The request of vectors A and C: the call DescribeInstances of the service cvm in the vendor's
/// documentation. The body contains backslashes.
tc3_request post_of_the_documentation()
{
    tc3_request request;
    request.host = "cvm.tencentcloudapi.com";
    request.content_type = "application/json; charset=utf-8";
    request.body =
        "{\"Limit\": 1, \"Filters\": [{\"Values\": [\"\\u672a\\u547d\\u540d\"], \"Name\": "
        "\"instance-name\"}]}";
    request.service = "cvm";
    return request;
}

constexpr long time_of_the_documentation = 1551113065;  // 2019-02-25

tc3_request create_token()
{
    tc3_request request;
    request.host = "tcr.tencentcloudapi.com";
    request.content_type = "application/json";
    request.body = R"({"RegistryId":"tcr-dg284imq","TokenType":"temp"})";
    request.service = "tcr";
    return request;
}

BOOST_AUTO_TEST_SUITE(tc3)

BOOST_AUTO_TEST_CASE(vector_a_a_post)
{
    auto const request = post_of_the_documentation();
    BOOST_TEST(
        tc3_canonical_hash(request) == "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031"
    );
    auto const key = tc3_signing_key(example_key, "2019-02-25", "cvm");
    BOOST_TEST(hex_of(key) == "ac658d5dde49e9bfdd14e04e062f66b05d9f637d44b8a8d845327d4a77f666b1");
    auto const day = bytes_of("d1308c81fe71cfd4e06437bbc067b2b8a3d2d8c0e375d547f15c41d5214b395a");
    BOOST_TEST(hex_of(tc3_signing_key_of_day(day, "cvm")) == hex_of(key));
    BOOST_TEST(
        tc3_signature(request, key, at(time_of_the_documentation)) ==
        "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    );
}

BOOST_AUTO_TEST_CASE(vector_b_a_get_with_a_query)
{
    tc3_request request;
    request.method = "GET";
    request.host = "cvm.tencentcloudapi.com";
    request.query = "Limit=10&Offset=0";
    request.content_type = "application/x-www-form-urlencoded";
    request.service = "cvm";
    BOOST_TEST(
        tc3_canonical_hash(request) == "91c9c192c14460df6c1ffc69e34e6c5e90708de2a6d282cccf957dbf1aa7f3a7"
    );
    auto const key = tc3_signing_key(example_key, "2018-10-09", "cvm");
    BOOST_TEST(
        tc3_signature(request, key, at(1539084154)) ==
        "5da7a33f6993f0614b047e5df4582db9e9bf4672ba50567dba16c6ccf174c474"
    );
}

BOOST_AUTO_TEST_CASE(vector_c_with_the_action_signed)
{
    auto request = post_of_the_documentation();
    request.action = "DescribeInstances";
    BOOST_TEST(
        tc3_canonical_hash(request) == "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84"
    );
    // The documentation masks the secret key, but shows the keys that are derived from the secret key.
    auto const key = tc3_signing_key_of_day(
        bytes_of("da98fb70dcf6b112dc21038d1eeeb3a95c74b4dcb12c1131f864f6066bd02be0"), "cvm"
    );
    BOOST_TEST(hex_of(key) == "b596b923aad85185e2d1f6659d2a062e0a86731226e021e61bfe06f7ed05f5af");
    BOOST_TEST(
        tc3_signature(request, key, at(time_of_the_documentation)) ==
        "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
    );
    BOOST_TEST(
        tc3_signature(
            request, tc3_signing_key(example_key, "2019-02-25", "cvm"), at(time_of_the_documentation)
        ) == "644be983de9a8a3f00db8eadaba61467c3b429e2215758ba897b738ca469fd26"
    );
}

BOOST_AUTO_TEST_CASE(vector_d_of_our_own_service)
{
    auto request = create_token();
    auto const key = tc3_signing_key(example_key, "2025-01-03", "tcr");
    BOOST_TEST(hex_of(key) == "f119e3acbabe441d385c54f88ecf8a4699466fddfe43544c5c6fa1ecb0e272c2");
    BOOST_TEST(
        tc3_canonical_hash(request) == "2d8fc35d30dac733072f5fc2ec2e18d2ffdddcc19fac9b5542aa65625da6cd24"
    );
    BOOST_TEST(
        tc3_signature(request, key, at(1735877397)) ==
        "acc0a312a24ab139244b0fb67c6cdae4c02900f67bfc05d21ac3274b4670942d"
    );
    request.action = "CreateInstanceToken";
    BOOST_TEST(
        tc3_canonical_hash(request) == "c6018db63528ac3778b0fef4d2f9d10606e78aca4051c9f3c2750d283aebea80"
    );
    BOOST_TEST(
        tc3_signature(request, key, at(1735877397)) ==
        "690398826baf5bb33df947fe96c5d4b6422e291d09242eb9eda2b6166a62ceee"
    );
}

BOOST_AUTO_TEST_CASE(the_header_names_scope_and_signed_headers)
{
    cloud_keys keys;
    keys.secret_id = example_id;
    keys.secret_key = example_key;
    auto request = create_token();
    BOOST_TEST(
        tc3_authorization(request, keys, at(1735877397)) ==
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2025-01-03/tcr/tc3_request, "
        "SignedHeaders=content-type;host, "
        "Signature=acc0a312a24ab139244b0fb67c6cdae4c02900f67bfc05d21ac3274b4670942d"
    );
    request.action = "CreateInstanceToken";
    BOOST_TEST(
        tc3_authorization(request, keys, at(1735877397)) ==
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2025-01-03/tcr/tc3_request, "
        "SignedHeaders=content-type;host;x-tc-action, "
        "Signature=690398826baf5bb33df947fe96c5d4b6422e291d09242eb9eda2b6166a62ceee"
    );
}

BOOST_AUTO_TEST_CASE(the_date_is_in_utc)
{
    cloud_keys keys;
    auto const header = [&](long when) { return tc3_authorization(create_token(), keys, at(when)); };
    // The times are 2025-01-03T23:59:59Z and 1 s later.
    BOOST_TEST(header(1735948799).find("/2025-01-03/") != std::string::npos);
    BOOST_TEST(header(1735948800).find("/2025-01-04/") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(case_and_blanks_of_a_host_do_not_matter)
{
    auto request = create_token();
    auto const hash = tc3_canonical_hash(request);
    request.host = " TCR.TencentCloudAPI.com ";
    request.content_type = "Application/JSON ";
    BOOST_TEST(tc3_canonical_hash(request) == hash);
    request.body = R"({"RegistryId":"tcr-dg284imq","TokenType":"temp"} )";
    BOOST_TEST(tc3_canonical_hash(request) != hash);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tc3_signature_test
