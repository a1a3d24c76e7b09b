// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// Helpers for fuzz targets. A target is one source file with one TCR_FUZZ_TARGET. With Clang each target is a
// program that is linked with libFuzzer. With GCC all targets are linked with driver.cpp into one program.
namespace tcr::fuzz
{

/// Tests the code with `bytes`, which may have any content. Ends the process if a property does not hold.
using target_function = void (*)(std::string_view bytes);

struct target
{
    char const* name;
    target_function run;
};

/// All targets of this program.
inline std::vector<target>& targets()
{
    static std::vector<target> all;
    return all;
}

struct target_registration
{
    target_registration(char const* name, target_function run) { targets().push_back({name, run}); }
};

/// Ends the process by SIGABRT unless `holds`. `property` is the statement that must be true.
inline void require(bool holds, char const* property)
{
    if (holds)
        return;
    std::fprintf(stderr, "property does not hold: %s\n", property);
    std::abort();
}

/// Ends the process by SIGABRT unless `actual` equals `expected`.
inline void require_equal(std::string_view actual, std::string_view expected, char const* property)
{
    if (actual == expected)
        return;
    std::fprintf(
        stderr,
        "--- actual\n%.*s\n--- expected\n%.*s\n---\n",
        static_cast<int>(actual.size()),
        actual.data(),
        static_cast<int>(expected.size()),
        expected.data()
    );
    require(false, property);
}

/// The 64-bit FNV-1a hash of the bytes.
inline std::uint64_t hash_of(std::string_view bytes)
{
    std::uint64_t hash = 0xcbf29ce484222325;
    for (char const each : bytes)
        hash = (hash ^ static_cast<unsigned char>(each)) * 0x100000001b3;
    return hash;
}

/// Splits the bytes into pieces, as a network might deliver them. The sizes depend only on the bytes, so a
/// failure is reproducible.
inline std::vector<std::string> pieces_of(std::string_view bytes)
{
    constexpr std::size_t sizes[] = {1, 1, 1, 2, 3, 5, 16, 100};
    auto state = hash_of(bytes);
    std::vector<std::string> pieces;
    while (!bytes.empty())
    {
        state = state * 6364136223846793005u + 1442695040888963407u;
        pieces.emplace_back(bytes.substr(0, sizes[state >> 61]));
        bytes.remove_prefix(pieces.back().size());
    }
    return pieces;
}

/// Reads decisions and values from the front of an input. After the end of the input, reads zeros.
class input_reader
{
public:
    explicit input_reader(std::string_view bytes) : rest_(bytes) {}

    bool empty() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }

    unsigned take_byte()
    {
        if (rest_.empty())
            return 0;
        auto const value = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }

    unsigned take_below(unsigned limit) { return take_byte() % limit; }

    std::uint64_t take_number()
    {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i)
            value = value << 8 | take_byte();
        return value;
    }

    /// Reads a text up to the next NUL.
    std::string_view take_text()
    {
        auto const text = rest_.substr(0, rest_.find('\0'));
        rest_.remove_prefix(text.size());
        take_byte();
        return text;
    }

private:
    std::string_view rest_;
};

/// Whether a message fits in one line of a log.
inline bool is_one_line(std::string_view message)
{
    for (char const each : message)
        if (static_cast<unsigned char>(each) < 0x20 || each == 0x7f)
            return false;
    return true;
}

}  // namespace tcr::fuzz

#ifdef TCR_LIBFUZZER
#define TCR_FUZZ_TARGET(name)                                                         \
    static void run_target(std::string_view bytes);                                   \
    extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) \
    {                                                                                 \
        run_target(std::string_view(reinterpret_cast<char const*>(data), size));      \
        return 0;                                                                     \
    }                                                                                 \
    static void run_target(std::string_view bytes)
#else
#define TCR_FUZZ_TARGET(name)                                                         \
    static void run_target(std::string_view bytes);                                   \
    static tcr::fuzz::target_registration const registered_target(#name, run_target); \
    static void run_target(std::string_view bytes)
#endif
