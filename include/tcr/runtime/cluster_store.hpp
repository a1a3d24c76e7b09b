#pragma once

#include <tcr/runtime/record_pool.hpp>
#include <tcr/runtime/reference_list.hpp>
#include <tcr/runtime/string_pool.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::runtime
{

/// Number of a namespace in the store: dense and small, so that it can index arrays; used again after the
/// namespace is gone. Never keep one across a `co_await`: keep the name.
using namespace_id = std::uint32_t;

/// What an event meant for the store.
enum class change
{
    none,  ///< nothing we keep is different, or the event was older than what we know
    added,
    modified,
    removed
};

/// A change and where.
struct stored
{
    change what = change::none;
    namespace_id where = 0;  ///< 0 where nothing is known of the namespace
};

/// The kinds of object the store keeps.
enum class kind
{
    namespaces,
    accounts,
    secrets
};

/// Who tells the store of an object.
enum class origin
{
    watch,   ///< a list or a watch: in the order of the server's history
    answer,  ///< the answer to a request of ours, which may come before or after the watch's word on the same
    glance   ///< a look at an object that no watch shows, for want of our label
};

/// What is kept of a Secret of ours: never its content.
struct secret_state
{
    std::uint64_t fingerprint = 0;  ///< of everything we would write
    bool is_foreign = false;        ///< bears our label, but is not ours to touch
    bool is_immutable = false;
    bool is_unmarked = false;  ///< nobody's: to be adopted by writing, never to be deleted

    bool operator==(secret_state const&) const = default;
};

/// All namespaces of a cluster with their service accounts and our Secrets, as compactly as it goes.
///
/// Fed by watches and by the answers to our own writes; the newer resourceVersion wins, so the order in which
/// the two arrive does not matter. An answer about an object that the store does not have counts only while the
/// watch has not come that far: past it, the watch has told of the object and of its end. A list replaces a kind as a whole, without a moment of emptiness.
class cluster_store
{
public:
    /// `labels` in canonical form: "key=value" lines, sorted, each ended by '\n'.
    stored put_namespace(std::string_view name, std::string_view labels, bool is_terminating);
    stored drop_namespace(std::string_view name);

    stored put_account(
        std::string_view ns,
        std::string_view name,
        std::uint64_t resource_version,
        reference_list const& references,
        origin told_by = origin::watch
    );
    /// `told_by` answer: deleted by us, whatever version it had.
    stored drop_account(
        std::string_view ns,
        std::string_view name,
        std::uint64_t resource_version,
        origin told_by = origin::watch
    );

    stored put_secret(
        std::string_view ns,
        std::string_view name,
        std::uint64_t resource_version,
        secret_state state,
        origin told_by = origin::watch
    );
    stored drop_secret(
        std::string_view ns,
        std::string_view name,
        std::uint64_t resource_version,
        origin told_by = origin::watch
    );

    /// A list of this kind begins (again).
    void begin_list(kind which);

    /// A list is complete: drops what it did not mention, except objects newer than the list. `removed` gets the
    /// namespaces that lost something.
    void end_list(kind which, std::uint64_t resource_version, std::vector<namespace_id>& removed);

    /// Versions known so far mean nothing any more: the next list is taken as it is.
    void rewind(kind which);

    struct namespace_view
    {
        std::string_view name;
        std::string_view labels;
        bool exists = false;  ///< an object of it was seen, and maybe not yet the namespace itself
        bool is_terminating = false;
    };
    struct account_view
    {
        std::string_view name;
        std::string_view references;        ///< a reference_list's text
        string_pool::id references_id = 0;  ///< equal for equal lists
        std::uint64_t resource_version = 0;
    };
    struct secret_view
    {
        std::string_view name;
        std::uint64_t resource_version = 0;
        secret_state state;
    };

    std::optional<namespace_id> find_namespace(std::string_view name) const;
    namespace_view view(namespace_id which) const;

    /// Every number in use is at most this one.
    namespace_id highest_namespace() const { return namespaces_.highest(); }

    template <class F>
    void for_each_namespace(F&& f) const
    {
        for (namespace_id each = 1; each <= namespaces_.highest(); ++each)
            if (namespaces_[each].name != 0)
                f(each);
    }

    template <class F>
    void for_each_account(namespace_id where, F&& f) const
    {
        for (auto each = namespaces_[where].first_account; each != 0; each = accounts_[each].next)
        {
            auto const& record = accounts_[each];
            f(account_view{
                names_.text(record.name), names_.text(record.references), record.references, record.version});
        }
    }

    template <class F>
    void for_each_secret(namespace_id where, F&& f) const
    {
        for (auto each = namespaces_[where].first_secret; each != 0; each = secrets_[each].next)
        {
            auto const& record = secrets_[each];
            f(secret_view{names_.text(record.name), record.version, state_of(record)});
        }
    }

    std::size_t namespaces() const { return namespaces_.size(); }
    std::size_t accounts() const { return accounts_.size(); }
    std::size_t secrets() const { return secrets_.size(); }

    struct namespace_record
    {
        string_pool::id name = 0;  ///< 0: the record is free
        string_pool::id labels = 0;
        std::uint32_t first_account = 0;
        std::uint32_t first_secret = 0;
        std::uint8_t epoch = 0;
        bool exists = false;
        bool is_terminating = false;
    };
    struct account_record
    {
        std::uint64_t version = 0;
        string_pool::id name = 0;
        string_pool::id references = 0;
        std::uint32_t next = 0;
        std::uint8_t epoch = 0;
    };
    struct secret_record
    {
        std::uint64_t version : 53 = 0;  ///< etcd counts its writes: 2^53 of them never come
        std::uint64_t epoch : 8 = 0;
        std::uint64_t is_foreign : 1 = 0;
        std::uint64_t is_immutable : 1 = 0;
        std::uint64_t is_unmarked : 1 = 0;
        std::uint64_t fingerprint = 0;
        string_pool::id name = 0;
        std::uint32_t next = 0;
    };
    static_assert(sizeof(namespace_record) == 20);
    static_assert(sizeof(account_record) == 24);
    static_assert(sizeof(secret_record) == 24);

private:
    static secret_state state_of(secret_record const& record)
    {
        return {
            record.fingerprint, record.is_foreign != 0, record.is_immutable != 0, record.is_unmarked != 0};
    }
    /// Whether an answer about an object we do not have comes too late to be true.
    bool is_stale(kind which, std::uint64_t resource_version, origin told_by) const
    {
        return told_by == origin::answer && resource_version <= watched_[static_cast<int>(which)];
    }
    void watched(kind which, std::uint64_t resource_version, origin told_by);
    namespace_id namespace_of(std::string_view name);
    void forget_if_empty(namespace_id which);
    template <class Record>
    void unlink(record_pool<Record>& pool, std::uint32_t& first, std::uint32_t which);
    template <class Record>
    std::uint32_t find_in(record_pool<Record> const& pool, std::uint32_t first, std::string_view name) const;
    template <class Record>
    bool sweep(
        record_pool<Record>& pool, std::uint32_t& first, std::uint8_t epoch, std::uint64_t resource_version
    );
    void free_names(account_record const& record);
    void free_names(secret_record const& record);

    string_pool names_;
    record_pool<namespace_record> namespaces_;
    record_pool<account_record> accounts_;
    record_pool<secret_record> secrets_;
    std::vector<namespace_id> namespace_by_name_;  ///< indexed by the name's number in `names_`
    std::uint64_t watched_[3] = {};                ///< newest version that a kind's list or watch has told of
    std::uint8_t epochs_[3] = {1, 1, 1};
};

}  // namespace tcr::runtime
