#include "controller_process.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace tcr::test
{
namespace
{

std::filesystem::path log_file(sandbox const& where)
{
    return where.folder() / "logs" / "controller.log";
}

bool contains(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

void controller_process::start() const
{
    where_.run({"controller", "start"});
}

void controller_process::start_unsynced() const
{
    where_.run({"controller", "start", "--no-wait"});
}

void controller_process::stop() const
{
    if (!is_running())
        throw std::runtime_error("the controller ended by itself; its log:\n" + log());
    auto const before = mark();
    where_.run({"controller", "stop"});
    // A sanitizer's report comes at the end or instead of it.
    auto const last_words = log(before);
    if (!contains(last_words, " info stopped") || contains(last_words, "Sanitizer"))
        throw std::runtime_error("the controller did not stop in good order: " + last_words);
}

bool controller_process::is_running() const
{
    try
    {
        where_.run({"controller", "status"});
        return true;
    }
    catch (std::runtime_error const&)
    {
        return false;
    }
}

std::size_t controller_process::mark() const
{
    std::error_code none_yet;
    auto const size = std::filesystem::file_size(log_file(where_), none_yet);
    return none_yet ? 0 : size;
}

std::string controller_process::log(std::size_t mark) const
{
    std::ifstream in(log_file(where_));
    in.seekg(static_cast<std::streamoff>(mark));
    return {std::istreambuf_iterator<char>(in), {}};
}

verdict controller_process::has_said(std::string const& words, std::size_t mark) const
{
    auto const said = log(mark);
    return contains(said, words) ? verdict(true) : wrong("no '" + words + "' in the log:\n" + said);
}

std::vector<std::string> controller_process::complaints(std::size_t mark, std::string const& words) const
{
    std::vector<std::string> lines;
    std::istringstream all(log(mark));
    for (std::string line; std::getline(all, line);)
        if ((contains(line, " warning ") || contains(line, " error ")) && contains(line, words))
            lines.push_back(line);
    return lines;
}

}  // namespace tcr::test
