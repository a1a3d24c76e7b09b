// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "key_ring.hpp"
#include <tcr/net/http_handler.hpp>
#include <tcr/registry/cloud_client.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::test
{

/// A registry instance that the fake cloud has.
struct fake_instance
{
    std::string id = "tcr-dg284imq";
    std::string name = "demo";
    std::string region = "ap-guangzhou";
    std::vector<std::string> custom_domains;
    std::string internal_ip;  ///< empty: no private link
};

struct fake_settings
{
    std::vector<registry::cloud_keys> keys;
    std::vector<fake_instance> instances{fake_instance()};
    std::chrono::seconds token_life{3600};
    std::chrono::seconds longterm_life{std::chrono::days(3650)};
    std::chrono::seconds session_life{7200};

    std::filesystem::path web_identity_file;  ///< content: the token that STS accepts; empty: STS refuses
    std::string cvm_role;                     ///< empty: the metadata server answers 404

    std::string registry_user;       ///< accepted by the registry in addition to issued tokens
    std::string registry_password;   ///< empty: this user does not exist
    bool challenges_bearer = false;  ///< the registry has a token server, /token

    bool loose_types = false;  ///< numbers as strings and vice versa, as in the vendor's samples
    std::function<std::chrono::system_clock::time_point()> now = &std::chrono::system_clock::now;
};

/// A string member of an object; empty if it is missing.
std::string text_of(boost::json::object const& from, std::string_view key);

/// A fake cloud in one HTTP handler: TCR's API and STS (POST /), the metadata of a CVM
/// (/latest/meta-data/cam/security-credentials/), a registry's /v2/, and pages for tests (/control/…):
///
/// - GET /control/state: counts by action, tokens
/// - POST /control/fail?code=C&count=N&action=A: refuses calls with the error code C
/// - POST /control/fail?http=503&count=N&action=A: answers calls with this HTTP status
/// - POST /control/drop?seconds=S&count=N&action=A: answers calls only after S seconds (default: 60)
/// - POST /control/end-sessions: ends all temporary keys
/// - POST /control/clear: ends all failures
///
/// `fail` and `drop` apply to the next N calls of action A. Without `count`, or with `count=0`, they apply to
/// all calls until `clear`. Without `action`, they apply to calls of any action.
///
/// The handler reads the headers of requests, so the server must set `session_limits::keep_headers`. The Host
/// header must contain one of the fake's host names.
class fake_tcr
{
public:
    explicit fake_tcr(fake_settings settings);

    net::server_answer operator()(net::server_request const& request);

    /// The settings. The caller may change them while the fake runs.
    fake_settings& settings() { return settings_; }

    /// Makes the next `count` calls of `action` fail. If `count` is 0, all calls fail until `clear`. If
    /// `action` is empty, calls of any action fail. \{
    void fail_by_code(std::string code, std::uint64_t count = 0, std::string action = {});
    void fail_by_status(unsigned status, std::uint64_t count = 0, std::string action = {});
    void fail_by_silence(std::chrono::seconds time, std::uint64_t count = 0, std::string action = {});
    /// \}

    void clear() { faults_.clear(); }
    void end_sessions() { keys_.end_sessions(); }

    /// Adds a token that this program did not create through the API, such as a token made in the console.
    void add_longterm_token(std::string instance, std::string description);

    /// Number of calls of `action` that succeeded if `is_success`, otherwise the number of refused calls.
    std::uint64_t count(std::string const& action, bool is_success) const;

    /// The content of /control/state.
    boost::json::object state() const;

private:
    using time_point = std::chrono::system_clock::time_point;

    struct fault
    {
        std::string action;  ///< empty: any
        std::string code;
        unsigned status = 0;
        std::chrono::seconds silence{0};
        std::uint64_t left = 0;  ///< 0: no limit
    };
    struct token
    {
        std::string id;
        std::string instance;
        std::string description;
        std::string username;
        std::string password;
        bool is_longterm = false;
        time_point expires_at;
    };
    /// The input of an action.
    struct call
    {
        std::string action;
        std::string region;
        boost::json::object parameters;
    };
    /// The result of an action: an answer or an error.
    struct outcome
    {
        boost::json::object response;
        std::string code;  ///< empty: success
        std::string message;
    };

    net::server_answer api(net::server_request const& request);
    net::server_answer control(net::server_request const& request);
    net::server_response metadata(net::server_request const& request);
    net::server_response registry_page(net::server_request const& request);
    net::server_response token_server(net::server_request const& request);
    net::server_response finish(std::string const& action, outcome made);
    outcome perform(net::server_request const& request, call const& what);
    outcome create_token(call const& what);
    outcome describe_instances(call const& what);
    outcome list_tokens(call const& what);
    outcome list_domains(call const& what);
    outcome list_links(call const& what);
    outcome assume_role(call const& what);
    fault* fault_for(std::string const& action);
    fake_instance const* instance_of(call const& what) const;
    token& add_token(std::string instance, bool is_longterm, std::string description);
    bool is_accepted(std::string_view authorization) const;
    bool is_accepted(std::string_view username, std::string_view password) const;

    fake_settings settings_;
    key_ring keys_;
    std::vector<token> tokens_;
    std::vector<fault> faults_;
    std::map<std::string, std::uint64_t> succeeded_;
    std::map<std::string, std::uint64_t> failed_;
    std::uint64_t requests_ = 0;
};

}  // namespace tcr::test
