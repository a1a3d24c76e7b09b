#include "own_namespace.hpp"

namespace tcr::app
{

std::string own_namespace(std::string const& asked, std::string const& of_pod)
{
    if (!asked.empty())
        return asked;
    return of_pod.empty() ? "tcr-assistant-system" : of_pod;
}

}  // namespace tcr::app
