#include <tcr/net/errc.hpp>
#include <tcr/util/error_category.hpp>

namespace tcr::net
{
namespace
{

char const* words(int code)
{
    switch (static_cast<errc>(code))
    {
        case errc::timed_out:
            return "timed out";
        case errc::closed:
            return "the server closed the connection";
        case errc::bad_response:
            return "the response is not valid HTTP";
        case errc::body_too_large:
            return "the response is too large";
        case errc::untrusted_server:
            return "the server's certificate cannot be trusted";
        case errc::bad_credentials:
            return "the client certificate cannot be used";
        case errc::too_late:
            return "not sent: this process may no longer write";
    }
    return "unknown";
}

}  // namespace

boost::system::error_category const& category()
{
    static worded_category const instance("tcr.net", words);
    return instance;
}

}  // namespace tcr::net
