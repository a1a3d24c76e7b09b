// SPDX-License-Identifier: Apache-2.0
#include "run_coroutine.hpp"
#include "temporary_folder.hpp"
#include <tcr/util/run_program.hpp>
#include <tcr/util/strings.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace run_program_test
{

namespace fs = std::filesystem;
using namespace tcr;
using std::chrono::milliseconds;

/// Limits for a program that ends by itself. 20 s are enough on a slow machine.
program_limits const enough{.time = milliseconds(20'000)};

struct fixture : test::temporary_folder
{
    pidfd_opener open = &open_pidfd;

    result<program_end> run(program what, program_limits limits = enough)
    {
        std::optional<result<program_end>> end;
        test::run_coroutine(
            [&]() -> task<void>
            {
                auto ended = co_await run_program(what, limits, open);
                end.emplace(std::move(ended));
            },
            std::chrono::seconds(30)
        );
        return *end;
    }

    result<program_end> run_shell(std::string text, program_limits limits = enough)
    {
        return run(
            program{.path = "/bin/sh", .arguments = {"-c", std::move(text)}, .environment = {}}, limits
        );
    }

    /// Whether the process whose id is in `file` has ended.
    bool is_gone(std::string const& file)
    {
        auto const pid = parse_u64(trim(read(file)));
        BOOST_TEST_REQUIRE(pid.has_value());
        for (int i = 0; i < 500; ++i)
        {
            if (kill(static_cast<pid_t>(*pid), 0) != 0 || is_zombie(*pid))
                return true;
            std::this_thread::sleep_for(milliseconds(10));
        }
        return false;
    }

    /// Whether the process has ended but was not reaped. In a container no process may reap orphans.
    static bool is_zombie(std::uint64_t pid)
    {
        std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
        std::string const line{std::istreambuf_iterator<char>(in), {}};
        auto const state = line.rfind(") ");
        return state == std::string::npos || line[state + 2] == 'Z';
    }
};

bool has_no_children()
{
    return waitpid(-1, nullptr, WNOHANG) == -1;
}

/// A fixture in which pidfd_open is unavailable, as before Linux 5.3.
struct without_pidfd : fixture
{
    without_pidfd()
    {
        open = [](pid_t)
        {
            errno = ENOSYS;
            return -1;
        };
    }
};

BOOST_FIXTURE_TEST_SUITE(programs, fixture)

BOOST_AUTO_TEST_CASE(both_outputs_and_the_status_are_returned)
{
    auto const end = run_shell("echo out; echo err >&2; exit 3");
    BOOST_TEST_REQUIRE(end.has_value());
    BOOST_TEST(end->output == "out\n");
    BOOST_TEST(end->error_output == "err\n");
    BOOST_TEST(end->status == 3);
    BOOST_TEST(end->signal == 0);
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(arguments_and_environment_arrive_as_they_are)
{
    setenv("TCR_TEST_OURS", "ours", 1);
    setenv("TCR_TEST_BOTH", "ours", 1);
    program what{
        .path = "sh",
        .arguments = {"-c", "printf '%s|' \"$0\" \"$@\" $TCR_TEST_OURS $TCR_TEST_BOTH"},
        .environment = {}};
    what.arguments.insert(what.arguments.end(), {"a b", "", "c'd"});
    what.environment = {"TCR_TEST_BOTH=theirs"};
    auto const end = run(what);
    BOOST_TEST_REQUIRE(end.has_value());
    BOOST_TEST(end->output == "a b||c'd|ours|theirs|");
}

BOOST_AUTO_TEST_CASE(the_signal_is_returned)
{
    auto const end = run_shell("kill -TERM $$");
    BOOST_TEST_REQUIRE(end.has_value());
    BOOST_TEST(end->signal == SIGTERM);
}

BOOST_AUTO_TEST_CASE(it_inherits_neither_input_nor_terminal_nor_descriptors_nor_ignored_signals)
{
    int const ours = dup(STDERR_FILENO);  // exec does not close this descriptor
    signal(SIGPIPE, SIG_IGN);
    auto const end = run_shell(
        "cat; ls /proc/self/fd | wc -l; test -c /dev/tty && (: </dev/tty) 2>&- || echo no tty; "
        "kill -PIPE $$"
    );
    signal(SIGPIPE, SIG_DFL);
    close(ours);
    BOOST_TEST_REQUIRE(end.has_value());
    BOOST_TEST(trim(end->output) == "4\nno tty");  // 3 standard descriptors, and the folder that ls opens
    BOOST_TEST(end->signal == SIGPIPE);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_is_an_error)
{
    auto const code_of = [&](fs::path const& path)
    { return run(program{.path = path, .arguments = {}, .environment = {}}).error().code; };
    BOOST_TEST((code_of("tcr-no-such-program") == boost::system::errc::no_such_file_or_directory));
    BOOST_TEST((code_of(folder / "none") == boost::system::errc::no_such_file_or_directory));
    BOOST_TEST((code_of(write("file", "#!/bin/sh\n")) == boost::system::errc::permission_denied));
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(much_output_is_read_while_it_is_written)
{
    auto const end = run_shell("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; echo end");
    BOOST_TEST_REQUIRE(end.has_value());
    BOOST_TEST(end->output.size() == 300'004u);
    BOOST_TEST(end->error_output.size() == enough.error_output);
    BOOST_TEST(end->status == 0);
}

BOOST_AUTO_TEST_CASE(too_much_output_ends_it)
{
    auto limits = enough;
    limits.output = 1000;
    BOOST_TEST(run_shell("head -c 1000 /dev/zero", limits)->output.size() == 1000u);
    auto const end = run_shell("while :; do echo more; done", limits);
    BOOST_TEST((end.error().code == boost::system::errc::value_too_large));
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(a_time_limit_ends_it_with_all_it_started)
{
    auto limits = enough;
    limits.time = milliseconds(300);
    auto const begun = std::chrono::steady_clock::now();
    auto const end = run_shell("sleep 100 & echo $! >" + (folder / "child").string() + "; wait", limits);
    BOOST_TEST((end.error().code == boost::system::errc::timed_out));
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(10)));
    BOOST_TEST(is_gone("child"));
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(a_time_limit_ends_it_though_another_process_keeps_the_output_open)
{
    auto limits = enough;
    limits.time = milliseconds(300);
    // The `sleep` process leaves the session and holds the output open after the program has ended.
    auto const end = run_shell("setsid sleep 3 & exit 0", limits);
    BOOST_TEST((end.error().code == boost::system::errc::timed_out));
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(a_time_limit_ends_it_though_it_closed_its_outputs)
{
    auto limits = enough;
    limits.time = milliseconds(300);
    auto const end = run_shell("exec >&- 2>&-; sleep 100", limits);
    BOOST_TEST((end.error().code == boost::system::errc::timed_out));
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(cancellation_at_any_step_kills_it)
{
    for (int steps = 0;; ++steps)
    {
        bool ended = false;
        test::hand_run run(
            [&]() -> task<void>
            {
                program what{
                    .path = "/bin/sh",
                    .arguments = {"-c", "echo out; echo err >&2; exit 0"},
                    .environment = {}};
                auto const end = co_await run_program(what, enough);
                ended = end.has_value();
            }
        );
        for (int i = 0; i < steps && !run.has_ended(); ++i)
        {
            run.loop().restart();
            run.loop().run_one();
        }
        run.cancel();
        run.loop().restart();
        run.loop().run_for(std::chrono::seconds(10));
        BOOST_TEST_REQUIRE(run.has_ended());
        BOOST_TEST(has_no_children());
        if (ended)
            break;
        BOOST_TEST(run.was_aborted());
    }
}

BOOST_AUTO_TEST_CASE(cancellation_does_not_wait_for_the_program)
{
    test::hand_run run(
        [&]() -> task<void>
        {
            program what{.path = "/bin/sh", .arguments = {"-c", "sleep 100"}, .environment = {}};
            co_await run_program(what, enough);
        }
    );
    run.cancel();
    run.loop().restart();
    run.loop().run_for(std::chrono::seconds(10));
    BOOST_TEST(run.was_aborted());
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(programs_without_pidfd, without_pidfd)

BOOST_AUTO_TEST_CASE(the_end_of_a_program_is_seen_though_it_cannot_be_waited_for)
{
    auto const end = run_shell("echo out; echo err >&2; exit 3");
    BOOST_TEST_REQUIRE(end.has_value());
    BOOST_TEST(end->output == "out\n");
    BOOST_TEST(end->error_output == "err\n");
    BOOST_TEST(end->status == 3);
    BOOST_TEST(run_shell("kill -TERM $$")->signal == SIGTERM);
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(a_program_that_outlives_its_output_is_waited_for)
{
    auto const end = run_shell("exec >&- 2>&-; sleep 0.1; exit 4");
    BOOST_TEST_REQUIRE(end.has_value());
    BOOST_TEST(end->status == 4);
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(the_time_limit_holds_all_the_same)
{
    auto limits = enough;
    limits.time = milliseconds(300);
    auto const end = run_shell("exec >&- 2>&-; sleep 100", limits);
    BOOST_TEST((end.error().code == boost::system::errc::timed_out));
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(cancellation_while_it_looks_for_the_end_kills_it)
{
    test::hand_run run(
        [this]() -> task<void>
        {
            program what{
                .path = "/bin/sh", .arguments = {"-c", "exec >&- 2>&-; sleep 100"}, .environment = {}};
            co_await run_program(what, enough, open);
        }
    );
    run.loop().restart();
    run.loop().run_for(milliseconds(200));
    BOOST_TEST(!run.has_ended());
    run.cancel();
    run.loop().restart();
    run.loop().run_for(std::chrono::seconds(10));
    BOOST_TEST(run.was_aborted());
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace run_program_test
