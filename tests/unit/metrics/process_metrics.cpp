// SPDX-License-Identifier: Apache-2.0
#include <tcr/metrics/process_metrics.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <system_error>

namespace process_metrics_test
{

namespace fs = std::filesystem;

using namespace tcr::metrics;

constexpr std::string_view stat_line =
    "4711 (tcr-assistant) S 1 4711 4711 0 -1 4194560 2087 0 0 0 1234 566 0 0 20 0 1 0 8500 17555456 1718 "
    "18446744073709551615 1 1 0 0 0 0 0 4096 16386 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

constexpr std::string_view limits_text =
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max processes             63432                63432                processes \n"
    "Max open files            1024                 1048576              files     \n"
    "Max locked memory         8388608              8388608              bytes     \n";

/// A temporary folder with the same file names and formats as /proc.
class fake_proc
{
public:
    fake_proc()
    {
        std::string name = (fs::temp_directory_path() / "proc-XXXXXX").string();
        BOOST_TEST_REQUIRE(mkdtemp(name.data()) != nullptr);
        root = name;
    }
    ~fake_proc()
    {
        std::error_code ec;
        fs::remove_all(root, ec);
    }
    fake_proc(fake_proc const&) = delete;
    fake_proc& operator=(fake_proc const&) = delete;

    void write(std::string_view name, std::string_view content) const
    {
        fs::create_directories((root / name).parent_path());
        std::ofstream(root / name) << content;
    }

    std::string page() const
    {
        exposition page;
        process_metrics(root).add_to(page);
        return page.text();
    }

    fs::path root;
};

BOOST_AUTO_TEST_SUITE(parsing_proc)

BOOST_AUTO_TEST_CASE(times_are_read_whatever_the_program_is_called)
{
    for (std::string_view name : {"(tcr-assistant)", "(a b) S 9 9 (c)", "())", "()"})
    {
        std::string line(stat_line);
        line.replace(line.find("(tcr-assistant)"), 15, name);
        auto const times = parse_stat(line);
        BOOST_TEST_REQUIRE(times.has_value());
        BOOST_TEST(times->cpu_ticks == 1800u);
        BOOST_TEST(times->start_ticks == 8500u);
    }
}

BOOST_AUTO_TEST_CASE(malformed_times_are_nothing)
{
    for (std::size_t cut = 0; cut < stat_line.find("8500"); ++cut)
        BOOST_TEST(!parse_stat(stat_line.substr(0, cut)).has_value());
    std::string line(stat_line);
    BOOST_TEST(!parse_stat(line.replace(line.find("1234"), 4, "many")).has_value());
}

BOOST_AUTO_TEST_CASE(memory_is_read_in_pages)
{
    auto const memory = parse_statm("4286 1718 1490 612 0 401 0\n");
    BOOST_TEST_REQUIRE(memory.has_value());
    BOOST_TEST(memory->virtual_pages == 4286u);
    BOOST_TEST(memory->resident_pages == 1718u);
    for (auto text : {"", "4286", "4286 ", "x 1718", "4286 -1"})
        BOOST_TEST(!parse_statm(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(the_soft_limit_of_open_files_is_read)
{
    BOOST_TEST(parse_open_files_limit(limits_text).value() == 1024u);
    BOOST_TEST(
        parse_open_files_limit("Max open files            unlimited            unlimited            files\n")
            .value() == std::numeric_limits<std::uint64_t>::max()
    );
    for (auto text :
         {"", "Max open files", "Max open files  many  1024  files", "Max processes 1 1 processes"})
        BOOST_TEST(!parse_open_files_limit(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(the_boot_time_is_read)
{
    BOOST_TEST(
        parse_boot_time("cpu  1 2 3\nintr 99 0 0\nctxt 5\nbtime 1764017400\nprocesses 9\n").value() ==
        1'764'017'400u
    );
    for (auto text : {"", "cpu 1", "btime", "btime x", "xbtime 1"})
        BOOST_TEST(!parse_boot_time(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(process_page)

BOOST_FIXTURE_TEST_CASE(all_numbers_have_the_names_of_the_client_libraries, fake_proc)
{
    BOOST_TEST_REQUIRE(sysconf(_SC_CLK_TCK) == 100);
    BOOST_TEST_REQUIRE(sysconf(_SC_PAGESIZE) == 4096);
    write("stat", "btime 1764017400\n");
    write("self/stat", stat_line);
    write("self/statm", "4286 1718 1490 612 0 401 0\n");
    write("self/limits", limits_text);
    for (auto name : {"self/fd/0", "self/fd/1", "self/fd/2", "self/fd/7"})
        write(name, "");
    BOOST_TEST(
        page() ==
        "# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.\n"
        "# TYPE process_cpu_seconds_total counter\n"
        "process_cpu_seconds_total 18\n"
        "# HELP process_resident_memory_bytes Resident memory size in bytes.\n"
        "# TYPE process_resident_memory_bytes gauge\n"
        "process_resident_memory_bytes 7036928\n"
        "# HELP process_virtual_memory_bytes Virtual memory size in bytes.\n"
        "# TYPE process_virtual_memory_bytes gauge\n"
        "process_virtual_memory_bytes 17555456\n"
        "# HELP process_open_fds Number of open file descriptors.\n"
        "# TYPE process_open_fds gauge\n"
        "process_open_fds 3\n"
        "# HELP process_max_fds Maximum number of open file descriptors.\n"
        "# TYPE process_max_fds gauge\n"
        "process_max_fds 1024\n"
        "# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.\n"
        "# TYPE process_start_time_seconds gauge\n"
        "process_start_time_seconds 1764017485\n"
    );
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_read_is_left_out, fake_proc)
{
    BOOST_TEST(page().empty());
    write("self/limits", limits_text);
    write("self/stat", stat_line);
    auto const text = page();
    BOOST_TEST(text.find("process_max_fds 1024\n") != std::string::npos);
    BOOST_TEST(text.find("process_cpu_seconds_total 18\n") != std::string::npos);
    BOOST_TEST(text.find("process_start_time_seconds") == std::string::npos);
    BOOST_TEST(text.find("_memory_") == std::string::npos);
    BOOST_TEST(text.find("process_open_fds") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_real_numbers_of_this_process)
{
    exposition page;
    process_metrics().add_to(page);
    auto const text = page.text();
    auto const number = [&](std::string const& name)
    {
        auto const at = text.find("\n" + name + " ");
        BOOST_TEST_REQUIRE(at != std::string::npos, name << " in " << text);
        return std::strtod(text.c_str() + at + 1 + name.size(), nullptr);
    };
    BOOST_TEST(number("process_cpu_seconds_total") >= 0);
    BOOST_TEST(number("process_resident_memory_bytes") > 1e6);
    BOOST_TEST(number("process_virtual_memory_bytes") > number("process_resident_memory_bytes"));
    rlimit limit{};
    BOOST_TEST_REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    BOOST_TEST(number("process_max_fds") == static_cast<double>(limit.rlim_cur));
    auto const now = static_cast<double>(time(nullptr));
    BOOST_TEST(number("process_start_time_seconds") < now + 1);
    BOOST_TEST(number("process_start_time_seconds") > now - 3600);
    auto const before = number("process_open_fds");
    std::ifstream const one_more("/proc/self/stat");
    exposition next;
    process_metrics().add_to(next);
    BOOST_TEST(
        next.text().find("\nprocess_open_fds " + std::to_string(static_cast<int>(before) + 1) + "\n") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace process_metrics_test
