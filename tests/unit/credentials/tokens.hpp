// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/credentials/stored_token.hpp>

#include <chrono>
#include <string>

namespace tcr::test
{

using time_point = std::chrono::system_clock::time_point;

/// An arbitrary time in whole seconds, 2025-01-03T05:00:00Z.
inline time_point const noon{std::chrono::seconds(1'735'880'400)};

inline credentials::token_reference reference(std::string id = "tcr-dg284imq")
{
    credentials::token_reference of;
    of.instance.id = std::move(id);
    of.instance.region = "ap-guangzhou";
    return of;
}

inline credentials::stored_token token(
    time_point minted_at, std::chrono::seconds life = std::chrono::hours(1), std::string password = "a.b.c"
)
{
    credentials::stored_token stored;
    stored.of = reference();
    stored.token.username = "100012345678";
    stored.token.password = std::move(password);
    stored.token.expires_at = minted_at + life;
    stored.minted_at = minted_at;
    stored.servers = {"name.tencentcloudcr.com", "name-vpc.tencentcloudcr.com"};
    return stored;
}

}  // namespace tcr::test
