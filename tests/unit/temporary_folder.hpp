// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace tcr::test
{

/// A folder for one test. The destructor deletes the folder.
struct temporary_folder
{
    std::filesystem::path folder;

    temporary_folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "tcr-test-XXXXXX").string();
        BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
        folder = name;
    }
    ~temporary_folder()
    {
        std::error_code ec;
        std::filesystem::remove_all(folder, ec);
    }
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;

    std::filesystem::path write(std::string const& name, std::string_view content) const
    {
        auto const path = folder / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

    /// Writes an executable shell script under another name, then renames it. A file that is open for writing
    /// cannot be executed.
    std::filesystem::path write_script(std::string const& name, std::string_view body) const
    {
        auto const path = write(name + ".new", "#!/bin/sh\n" + std::string(body) + "\n");
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        std::filesystem::rename(path, folder / name);
        return folder / name;
    }

    /// The content of a file; empty if the file is missing.
    std::string read(std::string const& name) const
    {
        std::ifstream in(folder / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
};

}  // namespace tcr::test
