// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/log/logger.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace tcr::test
{

/// A log that keeps its lines in memory.
class memory_log
{
public:
    memory_log() : stream_(open_memstream(&bytes_, &size_)), log(stream_) {}
    ~memory_log()
    {
        std::fclose(stream_);
        std::free(bytes_);
    }
    memory_log(memory_log const&) = delete;
    memory_log& operator=(memory_log const&) = delete;

    std::string text() const { return {bytes_, size_}; }
    std::size_t lines() const
    {
        auto const all = text();
        return static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
    }

private:
    char* bytes_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* stream_;

public:
    logger log;
};

}  // namespace tcr::test
