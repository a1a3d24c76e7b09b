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
constexpr std::size_t most_questions = 20;

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
                  next_reading_ = {};
              loop_.trigger();
          }
      ),
      names_(executor),
      contention_(options_.contention)
{
}

void updater::want(result<hosts_config> wish)
{
    if (!wish)
    {
        // A new list repeats the same error.
        if (config_problem_ == wish.error().message())
            return;
        config_problem_ = wish.error().message();
        ++statistics_.bad_configs;
        log_.error(
            "the configuration cannot be used, and what is in place stays", {{"why", config_problem_}}
        );
        return;
    }
    config_problem_.clear();
    if (wish_ && wish_->entries == wish->entries && wish_->remarks == wish->remarks)
        return;
    for (auto const& remark : wish->remarks)
        log_.error("refused", {{"why", remark}});
    if (wish->refused > wish->remarks.size())
        log_.error("refused", {{"more", wish->refused - wish->remarks.size()}});
    log_.info(
        "configuration",
        {{"entries", wish->entries.size()}, {"disabled", wish->disabled}, {"refused", wish->refused}}
    );
    statistics_.disabled = wish->disabled;
    statistics_.refused = wish->refused;
    wish_ = std::move(*wish);
    is_new_ = true;
    next_try_ = {};
    loop_.trigger();
}

std::string updater::problem() const
{
    if (!failure_.empty())
        return failure_;
    if (!wish_)
        return config_problem_.empty() ? "no configuration yet" : config_problem_;
    return is_new_ ? "not yet written" : "";
}

task<void> updater::run()
{
    if (!events_.works())
        log_.warning("no inotify instance is left (fs.inotify.max_user_instances); looking every 10 s instead"
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
    bool const is_due = is_new_ || now >= next_reading_ || stamp_of(options_.file.file) != known_;
    if (wish_ && is_due && now >= next_try_)
    {
        if (!is_new_)
            co_await settled(options_.file.file, options_.quiet);
        auto const done = co_await apply();
        if (!done && is_system(done.error(), ESTALE))
            throw boost::system::system_error(done.error().code, done.error().message());
    }
    now = steady_clock::now();
    auto next = now + options_.look_period;
    if (next_try_ > now)
        next = std::min(next, next_try_);
    co_return runtime::next_reconcile{next};
}

task<result<void>> updater::apply()
{
    if (!wish_)
        co_return error(
            boost::system::errc::make_error_code(boost::system::errc::no_message_available), problem()
        );
    bool const is_repair = !is_new_;
    if (!is_repair)
        co_await look_names_up();
    // A configuration that arrives while we wait for the lock sets this again.
    is_new_ = false;
    // Taken before the file is read: a later change has another stamp.
    auto const seen = stamp_of(options_.file.file);
    auto entries = wish_->entries;
    auto const count = entries.size();
    auto const done = co_await write(std::move(entries));
    auto const now = steady_clock::now();
    if (!done)
    {
        is_new_ = is_new_ || !is_repair;
        note_failure(done.error(), now);
        co_return done.error();
    }
    failures_ = 0;
    failure_.clear();
    next_reading_ = now + options_.reading_period;
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

task<void> updater::look_names_up()
{
    if (options_.name_limit.count() == 0)
        co_return;
    // A name in a hosts file hides the answer of DNS.
    auto const present = file_.read();
    auto const own = hosts_file(hosts_file_options()).read();
    std::vector<host_entry> unknown;
    for (auto const& entry : wish_->entries)
        if (present && !names(*present, entry.domain) && !(own && names(*own, entry.domain)))
            unknown.push_back(entry);
    unknown.resize(std::min(unknown.size(), most_questions));
    auto const deadline = steady_clock::now() + options_.name_limit;
    auto const needless = co_await names_.ask(std::move(unknown), deadline);
    for (auto const& entry : needless)
        log_.info(
            "DNS gives this name the wanted address already: the entry is not needed here",
            {{"domain", entry.domain}, {"ip", entry.address}}
        );
}

void updater::note(file_update const& update)
{
    if (update.is_recovered)
        log_.warning(
            "a write that was cut off has been brought to its end", {{"file", file_.path().string()}}
        );
    if (update.made_backup)
        log_.info(
            "the file as it was is kept", {{"file", file_.path().string()}, {"suffix", ".tcr-assistant.bak"}}
        );
    if (update.stronger != stronger_)
        for (auto const& line : update.stronger)
            log_.warning(
                "a line of the hosts file's own wins over ours",
                {{"domain", line.domain}, {"ip", line.address}, {"line", line.line}}
            );
    stronger_ = update.stronger;
    statistics_.stronger = update.stronger.size();
    if (!update.is_changed)
        return;
    ++statistics_.writes;
    statistics_.is_in_place = update.is_in_place;
    log_.info(
        statistics_.applied > 0 ? "written" : "block removed",
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
    log_.warning("another program had changed our block; repaired", {{"times", contention_.repairs()}});
}

void updater::note_failure(error const& why, time_point now)
{
    ++failures_;
    ++statistics_.failures;
    next_try_ = now + options_.retry.delay(failures_, random());
    auto text = why.message();
    if (text != failure_)
        log_.error("the hosts file cannot be updated", {{"why", text}, {"retry", "yes"}});
    failure_ = std::move(text);
}

}  // namespace tcr::hosts
