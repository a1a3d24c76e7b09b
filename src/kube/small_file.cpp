#include <tcr/kube/errc.hpp>
#include <tcr/kube/small_file.hpp>
#include <tcr/util/small_file.hpp>

namespace tcr::kube
{

result<std::string> read_small_file(std::filesystem::path const& path, std::string const& called)
{
    auto text = tcr::read_small_file(path, called);
    if (!text)
        return error(errc::bad_config, text.error().detail);
    return text;
}

}  // namespace tcr::kube
