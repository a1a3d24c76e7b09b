// SPDX-License-Identifier: Apache-2.0
#include <tcr/hosts/updater.hpp>
#include <tcr/net/resolve.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tcr::hosts
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Max wait while another process holds the lock, and the pause between two tries to take the lock.
constexpr std::chrono::seconds lock_limit{10};
constexpr std::chrono::milliseconds lock_retry{20};

constexpr backoff_policy retry{std::chrono::milliseconds(1'000), std::chrono::milliseconds(60'000)};

constexpr std::size_t max_queries = 20;

bool is_system(error const& why, int number)
{
    return why.code.category() == boost::system::system_category() && why.code.value() == number;
}

/// Waits until the file is not empty and has been unchanged for 100 ms, but at most 2 s. Programs that
/// rewrite a file often empty it first. \par Cancellation terminal, by exception.
task<void> wait_until_settled(std::filesystem::path file)
{
    constexpr std::chrono::milliseconds quiet{100};
    constexpr int max_checks = 20;
    auto stamp = stamp_of(file);
    for (int checks = 0; checks < max_checks; ++checks)
    {
        co_await sleep_for(quiet);
        auto const now = stamp_of(file);
        if (now == stamp && now.size > 0)
            co_return;
        stamp = now;
    }
}

}  // namespace

updater::updater(asio::any_io_executor executor, updater_options options, logger& log)
    : executor_(executor),
      options_(std::move(options)),
      log_(log),
      file_(options_.file),
      loop_(
          executor, [this] { return reconcile(); }, retry
      ),
      events_(
          executor,
          [this](bool is_moved)
          {
              if (is_moved)
                  state_.on_moved();
              loop_.trigger();
          }
      )
{
}

void updater::set_config(result<hosts_config> config)
{
    if (!config)
    {
        // Log an error once, although each list of the ConfigMap or check of the file repeats it.
        if (config_problem_ == config.error().message())
            return;
        config_problem_ = config.error().message();
        ++statistics_.bad_configs;
        log_.error(
            "cannot use the hosts configuration; the hosts file stays unchanged", {{"error", config_problem_}}
        );
        return;
    }
    config_problem_.clear();
    if (config_ == *config)
        return;
    for (auto const& each : config->problems)
        log_.error("refused a part of the hosts configuration", {{"error", each}});
    if (config->refused > config->problems.size())
        log_.error(
            "refused further entries of the hosts configuration",
            {{"entries", config->refused - config->problems.size()}}
        );
    log_.info(
        "new hosts configuration",
        {{"entries", config->entries.size()}, {"disabled", config->disabled}, {"refused", config->refused}}
    );
    statistics_.disabled = config->disabled;
    statistics_.refused = config->refused;
    config_ = std::move(*config);
    state_.on_config();
    loop_.trigger_at_once();
}

std::string updater::problem() const
{
    if (!failure_.empty())
        return failure_;
    if (!config_)
        return config_problem_.empty() ? "no configuration yet" : config_problem_;
    return state_.is_unapplied() ? "the configuration is not written yet" : "";
}

task<void> updater::run()
{
    if (!events_.works())
        log_.warning(
            "cannot watch the hosts file; checking it every 10s",
            {{"error", "no inotify instance is left (fs.inotify.max_user_instances)"}}
        );
    task_group parts(executor_);
    parts.spawn(events_.run());
    parts.spawn(loop_.run());
    co_await parts.join();
}

task<runtime::next_reconcile> updater::reconcile()
{
    events_.watch(options_.file.file);
    bool is_failed = false;
    if (config_ && state_.is_due(stamp_of(options_.file.file), steady_clock::now()))
    {
        if (!state_.is_unapplied())
            co_await wait_until_settled(options_.file.file);
        auto const done = co_await apply();
        if (!done && is_system(done.error(), ESTALE))
            throw boost::system::system_error(done.error().code, done.error().message());
        is_failed = !done;
    }
    co_return runtime::next_reconcile{state_.next_check(steady_clock::now()), is_failed};
}

task<result<void>> updater::apply()
{
    if (!config_)
        co_return error(
            boost::system::errc::make_error_code(boost::system::errc::no_message_available), problem()
        );
    if (state_.is_unapplied())
        co_await look_up_names(config_->entries);
    state_.begin();
    // Take the stamp before the file is read, so that a later change is noticed.
    auto const seen = stamp_of(options_.file.file);
    auto entries = config_->entries;
    auto const count = entries.size();
    auto const done = co_await write(std::move(entries));
    if (!done)
    {
        state_.failed();
        ++statistics_.failures;
        auto text = done.error().message();
        if (text != failure_)
            log_.error("cannot update the hosts file", {{"error", text}});
        failure_ = std::move(text);
        co_return done.error();
    }
    failure_.clear();
    statistics_.applied = count;
    statistics_.last_success = std::chrono::system_clock::now();
    note(*done);
    auto const random = std::generate_canonical<double, 32>(random_);
    if (state_.succeeded(seen, done->is_changed, steady_clock::now(), random))
    {
        ++statistics_.repairs;
        log_.warning(
            "repaired our block in the hosts file, which another program changed",
            {{"times", state_.repairs()}}
        );
    }
    if (done->is_changed)
        loop_.trigger();
    co_return result<void>();
}

task<result<file_update>> updater::write(std::vector<host_entry> entries)
{
    auto const until = steady_clock::now() + lock_limit;
    for (;;)
    {
        auto done = file_.apply(entries);
        if (done || !is_system(done.error(), EWOULDBLOCK) || steady_clock::now() >= until)
            co_return done;
        co_await sleep_for(lock_retry);
    }
}

/// Logs each entry that is not needed because DNS resolves the name to the same address. Checks at most
/// `max_queries` entries, and takes at most `dns_timeout`.
task<void> updater::look_up_names(std::vector<host_entry> entries)
{
    if (options_.dns_timeout.count() == 0)
        co_return;
    // Skip names in the edited hosts file and in this container's own hosts file: the query could return the
    // address in the file instead of the address in DNS.
    auto const present = file_.read();
    auto const own = hosts_file(hosts_file_options()).read();
    auto const is_named = [&](host_entry const& entry)
    { return !present || has_name(*present, entry.domain) || (own && has_name(*own, entry.domain)); };
    std::erase_if(entries, is_named);
    entries.resize(std::min(entries.size(), max_queries));
    auto const deadline = steady_clock::now() + options_.dns_timeout;
    for (auto const& entry : entries)
    {
        if (steady_clock::now() >= deadline)
            break;
        // The final dot makes the name absolute. For a relative name, the search list would cause several
        // queries.
        auto const answer = co_await net::resolve(entry.domain + ".", "", deadline);
        auto const is_same = [&](auto const& each) { return each.address().to_string() == entry.address; };
        if (answer && std::any_of(answer->begin(), answer->end(), is_same))
            log_.info(
                "DNS already resolves this name to the same address; the entry is not needed here",
                {{"domain", entry.domain}, {"ip", entry.address}}
            );
    }
}

void updater::note(file_update const& update)
{
    if (update.is_recovered)
        log_.warning("completed an interrupted write of the hosts file", {{"file", file_.path().string()}});
    if (update.made_backup)
        log_.info(
            "saved a backup of the hosts file",
            {{"file", file_.path().string()}, {"suffix", ".tcr-assistant.bak"}}
        );
    if (update.overriding != overriding_)
        for (auto const& line : update.overriding)
            log_.warning(
                "a line of the hosts file overrides our entry",
                {{"domain", line.domain}, {"ip", line.address}, {"line", line.line}}
            );
    overriding_ = update.overriding;
    statistics_.overriding = update.overriding.size();
    if (!update.is_changed)
        return;
    ++statistics_.writes;
    statistics_.is_in_place = update.is_in_place;
    log_.info(
        statistics_.applied > 0 ? "wrote the block into the hosts file"
                                : "removed the block from the hosts file",
        {{"file", file_.path().string()},
         {"entries", statistics_.applied},
         {"how", update.is_in_place ? "in place" : "renamed"}}
    );
}

}  // namespace tcr::hosts
