#include <tcr/net/errc.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/error_category.hpp>

#include <boost/asio/error.hpp>

namespace tcr::registry
{
namespace
{

char const* description(int code)
{
    switch (static_cast<errc>(code))
    {
        case errc::no_identity:
            return "there are no cloud keys to sign with";
        case errc::bad_identity:
            return "the cloud does not accept our keys";
        case errc::clock_skew:
            return "our clock and the cloud's differ by more than 5 minutes";
        case errc::forbidden:
            return "the access policy does not allow it";
        case errc::not_found:
            return "there is no such instance";
        case errc::rejected:
            return "the request was rejected";
        case errc::limited:
            return "too many requests";
        case errc::unavailable:
            return "unavailable";
        case errc::bad_answer:
            return "the answer is not the documented JSON";
        case errc::unknown_token_value:
            return "a long-term token already exists, and its value is unknown";
        case errc::wrong_password:
            return "the registry does not accept the user name or password";
        case errc::no_registry:
            return "the server that answered is not a registry";
    }
    return "unknown";
}

bool is_temporary(errc code)
{
    switch (code)
    {
        case errc::limited:
        case errc::unavailable:
        // Usually from a failing proxy between us and the cloud.
        case errc::bad_answer:
            return true;
        default:
            return false;
    }
}

bool is_temporary(net::errc code)
{
    switch (code)
    {
        case net::errc::timed_out:
        case net::errc::closed:
        case net::errc::bad_response:
            return true;
        default:
            return false;
    }
}

}  // namespace

boost::system::error_category const& category()
{
    static worded_category const instance("tcr.registry", description);
    return instance;
}

bool is_retryable(boost::system::error_code code)
{
    if (!code.failed() || code == boost::asio::error::operation_aborted)
        return false;
    if (code.category() == category())
        return is_temporary(static_cast<errc>(code.value()));
    if (code.category() == net::category())
        return is_temporary(static_cast<net::errc>(code.value()));
    // Errors of ours, e.g. an unusable URL or file, have the generic category. Network errors have the
    // category of the system, of name resolution or of TLS.
    return code.category() != boost::system::generic_category();
}

}  // namespace tcr::registry
