#include <tcr/hosts/config_follower.hpp>
#include <tcr/hosts/updater.hpp>
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

constexpr std::chrono::milliseconds between_lock_tries{20};
constexpr std::size_t max_queries = 20;

bool is_system(error const& why, int number)
{
    return why.code.category() == boost::system::system_category() && why.code.value() == number;
}

}  // namespace

updater::updater(asio::any_io_executor executor, updater_options options, logger& log)
    : executor_(executor),
      options_(std::move(options)),
      log_(log),
      file_(options_.file),
      loop_(executor, [this] { return reconcile(); }),
      events_(
          executor,
          [this](bool is_moved)
          {
              if (is_moved)
                  next_read_ = {};
              loop_.trigger();
          }
      ),
      names_(executor),
      contention_(options_.contention)
{
}

void updater::set_config(result<hosts_config> config)
{
    if (!config)
    {
        // Each new list repeats the same error.
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
    if (config_ && config_->entries == config->entries && config_->remarks == config->remarks)
        return;
    for (auto const& remark : config->remarks)
        log_.error("refused a part of the hosts configuration", {{"error", remark}});
    if (config->refused > config->remarks.size())
        log_.error(
            "refused further entries of the hosts configuration",
            {{"entries", config->refused - config->remarks.size()}}
        );
    log_.info(
        "new hosts configuration",
        {{"entries", config->entries.size()}, {"disabled", config->disabled}, {"refused", config->refused}}
    );
    statistics_.disabled = config->disabled;
    statistics_.refused = config->refused;
    config_ = std::move(*config);
    is_unapplied_ = true;
    next_try_ = {};
    loop_.trigger();
}

std::string updater::problem() const
{
    if (!failure_.empty())
        return failure_;
    if (!config_)
        return config_problem_.empty() ? "no configuration yet" : config_problem_;
    return is_unapplied_ ? "the configuration is not written yet" : "";
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
    auto now = steady_clock::now();
    bool const is_due = is_unapplied_ || now >= next_read_ || stamp_of(options_.file.file) != known_;
    if (config_ && is_due && now >= next_try_)
    {
        if (!is_unapplied_)
            co_await settled(options_.file.file, options_.quiet);
        auto const done = co_await apply();
        if (!done && is_system(done.error(), ESTALE))
            throw boost::system::system_error(done.error().code, done.error().message());
    }
    now = steady_clock::now();
    auto next = now + options_.check_interval;
    if (next_try_ > now)
        next = std::min(next, next_try_);
    co_return runtime::next_reconcile{next};
}

task<result<void>> updater::apply()
{
    if (!config_)
        co_return error(
            boost::system::errc::make_error_code(boost::system::errc::no_message_available), problem()
        );
    bool const is_repair = !is_unapplied_;
    if (!is_repair)
        co_await look_up_names();
    // A configuration that arrives while we wait for the lock sets this again.
    is_unapplied_ = false;
    // Taken before the file is read: a later change has another stamp.
    auto const seen = stamp_of(options_.file.file);
    auto entries = config_->entries;
    auto const count = entries.size();
    auto const done = co_await write(std::move(entries));
    auto const now = steady_clock::now();
    if (!done)
    {
        is_unapplied_ = is_unapplied_ || !is_repair;
        note_failure(done.error(), now);
        co_return done.error();
    }
    failures_ = 0;
    failure_.clear();
    next_read_ = now + options_.max_read_interval;
    statistics_.applied = count;
    statistics_.last_success = std::chrono::system_clock::now();
    note(*done);
    if (!done->is_changed)
        known_ = seen;
    else if (is_repair)
        note_repair(now);
    // Read the file once more: another program may have written it at the same moment.
    if (done->is_changed)
        loop_.trigger();
    co_return result<void>();
}

task<result<file_update>> updater::write(std::vector<host_entry> entries)
{
    auto const until = steady_clock::now() + options_.lock_limit;
    for (;;)
    {
        auto done = file_.apply(entries);
        if (done || !is_system(done.error(), EWOULDBLOCK) || steady_clock::now() >= until)
            co_return done;
        co_await sleep_for(between_lock_tries);
    }
}

task<void> updater::look_up_names()
{
    if (options_.dns_limit.count() == 0)
        co_return;
    // A name in a hosts file hides the answer of DNS.
    auto const present = file_.read();
    auto const own = hosts_file(hosts_file_options()).read();
    std::vector<host_entry> unknown;
    for (auto const& entry : config_->entries)
        if (present && !has_name(*present, entry.domain) && !(own && has_name(*own, entry.domain)))
            unknown.push_back(entry);
    unknown.resize(std::min(unknown.size(), max_queries));
    auto const deadline = steady_clock::now() + options_.dns_limit;
    auto const resolved = co_await names_.find_resolved(std::move(unknown), deadline);
    for (auto const& entry : resolved)
        log_.info(
            "DNS already resolves this name to the same address; the entry is not needed here",
            {{"domain", entry.domain}, {"ip", entry.address}}
        );
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

void updater::note_repair(time_point now)
{
    contention_.repaired(now, random());
    next_try_ = contention_.next();
    ++statistics_.repairs;
    log_.warning(
        "repaired our block in the hosts file, which another program changed",
        {{"times", contention_.repairs()}}
    );
}

void updater::note_failure(error const& why, time_point now)
{
    ++failures_;
    ++statistics_.failures;
    next_try_ = now + options_.retry.delay(failures_, random());
    auto text = why.message();
    if (text != failure_)
        log_.error("cannot update the hosts file", {{"error", text}});
    failure_ = std::move(text);
}

}  // namespace tcr::hosts
