// SPDX-License-Identifier: Apache-2.0

// Runs fuzz targets without libFuzzer: replays the stored corpus, then mutates it for some seconds of CPU
// time. It does not measure coverage. It stops at the first failure and writes that input to a file.
#include "fuzz_target.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>

#if defined(__SANITIZE_ADDRESS__)
#define TCR_FUZZ_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TCR_FUZZ_HAS_ASAN 1
#endif
#endif

#ifdef TCR_FUZZ_HAS_ASAN
#include <sanitizer/common_interface_defs.h>

/// The sanitizer limits resident memory itself. RLIMIT_AS cannot be used, because the sanitizer reserves a
/// very large address space.
extern "C" char const* __asan_default_options()
{
    return "hard_rss_limit_mb=1024:max_allocation_size_mb=512:detect_leaks=1";
}
#endif

namespace
{

namespace fs = std::filesystem;

/// Limits for one input: CPU time and elapsed time. The limit of elapsed time is longer, because other
/// processes share the machine.
constexpr unsigned max_cpu_seconds = 2;
constexpr unsigned max_seconds = 60;
constexpr rlim_t max_memory_bytes = rlim_t{1} << 30;
constexpr std::size_t longest_mutation = 8192;

struct command
{
    std::string target;
    unsigned seconds = 0;
    std::optional<std::uint64_t> seed;
    std::vector<fs::path> places;
};

// --- data for signal handlers

std::string current_input;
unsigned long long runs = 0;
char finding_path[256] = "";

void print(char const* text)
{
    auto const ignored = ::write(STDERR_FILENO, text, std::strlen(text));
    static_cast<void>(ignored);
}

/// Writes the current input to a file and prints its path. Async-signal-safe.
void keep_input()
{
    static volatile sig_atomic_t is_kept = 0;
    if (is_kept != 0)
        return;
    is_kept = 1;
    int const file = ::open(finding_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    bool const is_written = file >= 0 && ::write(file, current_input.data(), current_input.size()) >= 0;
    print(is_written ? "the input is in " : "the input cannot be written to ");
    print(finding_path);
    print("\n");
}

void on_crash(int number)
{
    keep_input();
    ::signal(number, SIG_DFL);
    ::raise(number);
}

/// Called after each second of CPU time and each second of elapsed time.
void on_tick(int number)
{
    static unsigned long long run_seen[2] = {};
    static unsigned ticks[2] = {};
    int const which = number == SIGPROF ? 0 : 1;
    ticks[which] = run_seen[which] == runs ? ticks[which] + 1 : 0;
    run_seen[which] = runs;
    // The first tick may come immediately after the input starts, so one tick more than the limit is allowed.
    if (ticks[which] <= (which == 0 ? max_cpu_seconds : max_seconds))
        return;
    print("an input takes too long\n");
    keep_input();
    ::_exit(1);
}

void watch_over_process()
{
    ::signal(SIGABRT, on_crash);
    ::signal(SIGPROF, on_tick);
    ::signal(SIGALRM, on_tick);
    itimerval const each_second{{1, 0}, {1, 0}};
    ::setitimer(ITIMER_PROF, &each_second, nullptr);
    ::setitimer(ITIMER_REAL, &each_second, nullptr);
#ifdef TCR_FUZZ_HAS_ASAN
    // The sanitizer handles crash signals. It prints its report before it calls `keep_input`.
    __sanitizer_set_death_callback(keep_input);
#else
    for (int const each : {SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        ::signal(each, on_crash);
    rlimit const limit{max_memory_bytes, max_memory_bytes};
    ::setrlimit(RLIMIT_AS, &limit);
#endif
}

// --- mutations

using random_engine = std::mt19937_64;

std::size_t below(random_engine& random, std::size_t limit)
{
    return limit == 0 ? 0 : static_cast<std::size_t>(random() % limit);
}

/// The words and single characters that occur in the inputs. Mutations insert them.
std::vector<std::string> words_of(std::vector<std::string> const& inputs)
{
    std::vector<std::string> words{
        "\n",
        "\r\n",
        "\t",
        std::string(1, '\0'),
        "\xff",
        "\xef\xbb\xbf",
        "-1",
        "0",
        "18446744073709551616",
        "1e999",
        "\\u0000",
        "\\ud800",
        "null",
        "[]",
        "{}"};
    auto const is_word = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
               c == '/';
    };
    for (auto const& input : inputs)
        for (std::size_t i = 0; i < input.size();)
        {
            auto end = i + 1;
            while (is_word(input[i]) && end < input.size() && is_word(input[end]) && end - i < 64)
                ++end;
            words.push_back(input.substr(i, end - i));
            i = end;
        }
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

void mutate_once(
    std::string& text,
    std::vector<std::string> const& inputs,
    std::vector<std::string> const& words,
    random_engine& random
)
{
    auto const at = below(random, text.size() + 1);
    auto const length = std::min(text.size() - at, std::size_t{1} << below(random, 8));
    switch (below(random, 9))
    {
        case 0:
            if (at < text.size())
                text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1u << below(random, 8)));
            break;
        case 1:
            if (at < text.size())
                text[at] = static_cast<char>(random());
            break;
        case 2:
            text.insert(at, 1, static_cast<char>(random()));
            break;
        case 3:
            text.erase(at, length);
            break;
        case 4:
            text.insert(at, words[below(random, words.size())]);
            break;
        case 5:
            text.replace(at, length, words[below(random, words.size())]);
            break;
        case 6:  // repeats a part, here or at another place
        {
            auto const part = text.substr(at, length);
            auto const times = below(random, 16) == 0 ? below(random, 64) : 1;
            auto const to = below(random, text.size() + 1);
            for (std::size_t i = 0; i < times && text.size() < longest_mutation; ++i)
                text.insert(to, part);
            break;
        }
        case 7:  // inserts a part of another input
            if (!inputs.empty())
            {
                auto const& other = inputs[below(random, inputs.size())];
                auto const from = below(random, other.size() + 1);
                text.insert(at, other.substr(from, std::size_t{1} << below(random, 10)));
            }
            break;
        default:
            text.resize(at);
            break;
    }
    text.resize(std::min(text.size(), longest_mutation));
}

// --- the run

std::string read_file(fs::path const& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> files_in(std::vector<fs::path> const& places)
{
    std::vector<fs::path> files;
    for (auto const& place : places)
    {
        if (!fs::is_directory(place))
        {
            files.push_back(place);
            continue;
        }
        for (auto const& each : fs::directory_iterator(place))
            if (each.is_regular_file())
                files.push_back(each.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

void run(tcr::fuzz::target const& target, std::string input)
{
    current_input = std::move(input);
    ++runs;
    target.run(current_input);
}

/// Sets the name of the file to which a failing input is written.
void name_findings(std::string const& name)
{
    std::snprintf(finding_path, sizeof finding_path, "%s", (fs::absolute("fuzz-findings") / name).c_str());
}

int fuzz(tcr::fuzz::target const& target, command const& asked)
{
    auto const seed = asked.seed ? *asked.seed : std::random_device()();
    fs::create_directories("fuzz-findings");
    name_findings(asked.target);
    watch_over_process();

    std::vector<std::string> inputs;
    run(target, {});
    for (auto const& file : files_in(asked.places))
    {
        name_findings(asked.target + "-" + file.filename().string());
        inputs.push_back(read_file(file));
        run(target, inputs.back());
    }
    name_findings(asked.target + "-seed-" + std::to_string(seed));
    auto const replayed = runs;
    std::printf(
        "%s: %llu inputs replayed, seed %llu\n", target.name, replayed, static_cast<unsigned long long>(seed)
    );
    std::fflush(stdout);

    random_engine random(seed);
    auto const words = words_of(inputs);
    // The loop measures CPU time, so that other processes on the machine do not shorten the test.
    auto const end = std::clock() + std::clock_t{asked.seconds} * CLOCKS_PER_SEC;
    while (std::clock() < end)
    {
        auto text = inputs.empty() ? std::string() : inputs[below(random, inputs.size())];
        for (auto left = 1 + below(random, 8); left > 0; --left)
            mutate_once(text, inputs, words, random);
        run(target, std::move(text));
    }
    if (asked.seconds > 0)
        std::printf(
            "%s: %llu new inputs, %llu a second\n",
            target.name,
            runs - replayed,
            (runs - replayed) / asked.seconds
        );
    current_input.clear();
    return 0;
}

constexpr char const* usage =
    "usage: fuzz_targets TARGET [--seconds N] [--seed N] [FILE|FOLDER...]\n"
    "       fuzz_targets --list\n\n"
    "Replays the files, then runs mutated inputs for N seconds (0) of CPU time. An input that crashes\n"
    "or takes too long is written to ./fuzz-findings, and the exit status is not 0.\n";

std::optional<command> parse(std::vector<std::string> const& words)
{
    command asked;
    for (std::size_t i = 0; i < words.size(); ++i)
    {
        if (words[i] == "--seconds" && i + 1 < words.size())
            asked.seconds = static_cast<unsigned>(std::stoul(words[++i]));
        else if (words[i] == "--seed" && i + 1 < words.size())
            asked.seed = std::stoull(words[++i]);
        else if (words[i].starts_with("--"))
            return std::nullopt;
        else if (asked.target.empty())
            asked.target = words[i];
        else
            asked.places.emplace_back(words[i]);
    }
    return asked;
}

}  // namespace

int main(int count, char** words)
{
    std::vector<std::string> const arguments(words + 1, words + count);
    if (arguments == std::vector<std::string>{"--list"})
    {
        for (auto const& each : tcr::fuzz::targets())
            std::printf("%s\n", each.name);
        return 0;
    }
    auto const asked = parse(arguments);
    auto const& all = tcr::fuzz::targets();
    auto const target = std::find_if(
        all.begin(), all.end(), [&](auto const& each) { return asked && asked->target == each.name; }
    );
    if (target == all.end())
    {
        std::fputs(usage, stderr);
        return 2;
    }
    return fuzz(*target, *asked);
}
