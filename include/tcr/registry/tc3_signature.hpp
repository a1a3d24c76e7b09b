// SPDX-License-Identifier: Apache-2.0
#pragma once

// TC3-HMAC-SHA256 signatures, https://www.tencentcloud.com/document/product/1051/41102 (Signature v3). Pure.

#include <tcr/registry/cloud_keys.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace tcr::registry
{

/// The signed parts of a request. Each part must equal the bytes that are sent.
struct tc3_request
{
    std::string_view method = "POST";
    std::string_view host;  ///< as in the Host header, i.e. without ":443"
    std::string_view query;
    std::string_view content_type;
    std::string_view action;  ///< X-TC-Action; empty: this header is not signed
    std::string_view body;
    std::string_view service;  ///< such as "tcr" or "sts"
};

/// The signing key for one day and one service, as raw bytes. `date` is the day in UTC, e.g. "2025-01-03".
std::string tc3_signing_key(std::string_view secret_key, std::string_view date, std::string_view service);

/// The signing key for one service, derived from `date_key`, the key of the day.
std::string tc3_signing_key_of_day(std::string_view date_key, std::string_view service);

/// SHA-256 of the canonical request, in hex.
std::string tc3_canonical_hash(tc3_request const& request);

/// The signature in hex: the last part of the Authorization header.
std::string tc3_signature(
    tc3_request const& request, std::string_view signing_key, std::chrono::sys_seconds when
);

/// The value of the Authorization header. It contains the UTC date of `when`. X-TC-Timestamp must be `when`.
std::string tc3_authorization(
    tc3_request const& request, cloud_keys const& keys, std::chrono::sys_seconds when
);

}  // namespace tcr::registry
