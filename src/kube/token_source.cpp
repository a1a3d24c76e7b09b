#include <tcr/kube/token_source.hpp>
#include <tcr/util/strings.hpp>

#include <fstream>
#include <sstream>

namespace tcr::kube
{
namespace
{

constexpr std::chrono::seconds reread_after{60};

}  // namespace

token_source::token_source(cluster_config const& config)
    : file_(config.bearer_token_file), token_(config.bearer_token)
{
}

std::string const& token_source::current(time_point now)
{
    if (!file_.empty() && (token_.empty() || now - read_at_ >= reread_after))
        refresh(now);
    return token_;
}

bool token_source::refresh(time_point now)
{
    if (file_.empty())
        return false;
    read_at_ = now;
    std::ifstream in(file_);
    std::ostringstream text;
    // An iterator over the buffer would throw where a read fails (an I/O error, a directory).
    if (!(text << in.rdbuf()))
        return false;
    std::string fresh(trim(text.view()));
    if (fresh.empty() || fresh == token_)
        return false;
    token_ = std::move(fresh);
    return true;
}

}  // namespace tcr::kube
