// SPDX-License-Identifier: Apache-2.0
#pragma once

// The namespaces, service accounts and own Secrets that a replica holds in memory.

#include <tcr/runtime/record_groups.hpp>
#include <tcr/runtime/reference_list.hpp>
#include <tcr/runtime/string_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::runtime
{

/// Index of a namespace in the store. Indexes are dense, so they can index arrays. The store reuses the index
/// of a deleted namespace: across a `co_await` keep the name instead.
using namespace_id = std::uint32_t;

/// What a report about an object changed in the store.
enum class change
{
    none,  ///< the report is outdated, or changes at most the version of the object
    added,
    modified,
    removed
};

/// A change and its namespace.
struct stored
{
    change what = change::none;
    namespace_id where = 0;  ///< 0: the report had no effect. After `removed` the index may be free
};

/// The kinds of object the store keeps.
enum class kind
{
    namespaces,
    accounts,
    secrets
};

/// The source of a report about an object.
enum class source
{
    list,    ///< an item of a list: replaces what was known before the list began
    watch,   ///< an event of a watch, newer than the list before the watch
    answer,  ///< the answer to our own request; may precede or follow the watch event of the same change
    get      ///< our own GET or list found an object without our label, which no watch by label reports
};

/// State of a pull Secret in the store, without the content of the Secret.
struct secret_state
{
    std::uint64_t fingerprint = 0;  ///< hash of all fields that we write

    /// The name has our prefix, but the Secret is not ours or cannot be read. We never change it.
    bool is_foreign = false;

    bool is_immutable = false;

    /// The Secret has no owner: the original add-on made it, or its ImagePullSecret was deleted with
    /// `--cascade=orphan`. Our write adopts the Secret, but we never delete it.
    bool is_unowned = false;

    bool has_our_label = false;  ///< true: the watch that selects our label reports the Secret

    bool operator==(secret_state const&) const = default;
};

/// All namespaces of a cluster with their service accounts and our Secrets, in as few bytes as possible.
///
/// Lists, watches and the answers to our own requests fill the store. A complete list replaces all objects of
/// its kind, with two exceptions:
/// - an object from an answer, if the answer arrived during the list and is newer than the list;
/// - an object without our label that we read during the list (`source::get`).
/// The store keeps the old objects until the list is complete, so it is never empty during a list.
///
/// Between two lists the newer version of an object wins, so events and answers may arrive in any order. A
/// list wins over older knowledge without a comparison of versions: a restored etcd begins another history,
/// whose versions cannot be compared with the earlier ones (see `kube::server_history`).
///
/// Secrets may also be listed and watched by name, with a separate list and watch for each name. The rules
/// above then apply to the Secrets of each name separately.
///
/// The number of namespaces, accounts and own Secrets bounds the memory. Texts that a tenant writes (labels,
/// imagePullSecrets) are interned and bounded: `max_label_bytes` for each namespace, `max_list_bytes` for all
/// distinct lists of references.
class cluster_store
{
public:
    /// Max bytes of one namespace's labels. The store does not keep longer labels (`has_unknown_labels`).
    static constexpr std::size_t max_label_bytes = 4096;

    /// Max bytes of all distinct lists of references together. A new list without room within this limit is
    /// shortened to our own references (`own_only`). Shortened lists of up to
    /// `reference_list::max_whole_bytes` each may raise the total to 1.5 times this limit. If there is no
    /// room for the shortened list either, the store keeps no references of the account (`unread`).
    static constexpr std::size_t max_list_bytes = 2 * 1024 * 1024;

    /// `labels` in canonical form: "key=value" lines, sorted, each ended by '\n'; nullopt: too long to keep.
    stored put_namespace(
        std::string_view name,
        std::optional<std::string_view> labels,
        bool is_terminating,
        source from = source::watch
    );
    stored drop_namespace(std::string_view name);

    stored put_account(
        std::string_view ns,
        std::string_view name,
        std::uint64_t resource_version,
        reference_list const& references,
        source from = source::watch
    );
    /// Removes the account from the store, because it was deleted or an API request found that it does not
    /// exist. With source `answer`, `resource_version` is the version that our request was based on.
    ///
    /// If the store knows a newer version, the account may have been created again, so it stays in the store.
    /// Exception: during a list, an answer removes the account in spite of a newer version, if neither the
    /// list nor an answer has reported the account since the list began. The known version may then be of
    /// another history (a restored etcd), so the versions cannot be compared.
    stored drop_account(
        std::string_view ns,
        std::string_view name,
        std::uint64_t resource_version,
        source from = source::watch
    );

    stored put_secret(
        std::string_view ns,
        std::string_view name,
        std::uint64_t resource_version,
        secret_state state,
        source from = source::watch
    );
    stored drop_secret(
        std::string_view ns,
        std::string_view name,
        std::uint64_t resource_version,
        source from = source::watch
    );

    /// A list of this kind begins or restarts: marks all objects of the kind as not listed.
    void begin_list(kind which);

    /// The list is complete as of `resource_version`. Drops the objects that it did not contain, with the two
    /// exceptions in the description of the class. Adds to `removed` each namespace that lost an object or
    /// was itself dropped; its index may be free now.
    void end_list(kind which, std::uint64_t resource_version, std::vector<namespace_id>& removed);

    /// As `begin_list` and `end_list`, but for a list of the Secrets with this name, in all namespaces.
    /// `begin_list(kind::secrets)` discards unfinished lists by name without dropping a Secret.
    void begin_list_of_secret(std::string_view name);
    void end_list_of_secret(
        std::string_view name, std::uint64_t resource_version, std::vector<namespace_id>& removed
    );

    /// The current list contains this object, but the object cannot be read. Keeps the known state and counts
    /// the object as listed.
    void keep_listed(kind which, std::string_view ns, std::string_view name);

    struct namespace_view
    {
        std::string_view name;
        std::string_view labels;
        bool exists = false;  ///< false: the store knows only objects in the namespace
        bool is_terminating = false;

        /// The labels are too long to keep, so it is unknown whether a selector matches the namespace.
        bool has_unknown_labels = false;
    };
    struct account_view
    {
        std::string_view name;
        std::string_view references;        ///< text of a reference_list; see `extent`
        string_pool::id references_id = 0;  ///< equal for equal texts
        std::uint64_t resource_version = 0;
        list_extent extent = list_extent::whole;
    };
    struct secret_view
    {
        std::string_view name;
        std::uint64_t resource_version = 0;
        secret_state state;
    };

    /// Takes constant time for any number of objects in the namespace.
    std::optional<account_view> find_account(namespace_id where, std::string_view name) const
    {
        return find<account_view>(accounts_, where, name);
    }
    std::optional<secret_view> find_secret(namespace_id where, std::string_view name) const
    {
        return find<secret_view>(secrets_, where, name);
    }

    std::optional<namespace_id> find_namespace(std::string_view name) const;
    namespace_view view(namespace_id which) const;

    /// The highest index that was ever used. This index and lower ones may be free.
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
        for (account_cursor from = 0; from != end_of_accounts;)
            from = for_accounts_from(where, from, SIZE_MAX, f);
    }

    /// A position among the accounts of a namespace; 0 is the first.
    using account_cursor = std::uint32_t;
    static constexpr account_cursor end_of_accounts = ~account_cursor{0};  ///< record_groups::end

    /// Calls `f(account_view)` for about `max` accounts, beginning at `from`. Visits at least one account, if
    /// there is one left. \return where to continue, or `end_of_accounts`.
    ///
    /// If accounts of the namespace change between two calls, the later call may skip or repeat accounts. A
    /// skipped account is harmless, because the change queues the namespace again.
    template <class F>
    account_cursor for_accounts_from(namespace_id where, account_cursor from, std::size_t max, F&& f) const
    {
        return accounts_.records.for_each_from(
            namespaces_[where].accounts, from, max, [&](account_record const& record) { f(view_of(record)); }
        );
    }

    template <class F>
    void for_each_secret(namespace_id where, F&& f) const
    {
        secrets_.records.for_each(
            namespaces_[where].secrets, [&](secret_record const& record) { f(view_of(record)); }
        );
    }

    std::size_t namespaces() const { return namespaces_.size(); }
    std::size_t accounts() const { return accounts_.records.size(); }
    std::size_t secrets() const { return secrets_.records.size(); }

    struct namespace_record
    {
        string_pool::id name = 0;  ///< 0: the record is free
        string_pool::id labels = 0;
        std::uint32_t accounts = 0;  ///< head of the namespace's group in `accounts_`
        std::uint32_t secrets = 0;
        bool exists = false;
        bool is_listed = false;
        bool is_terminating = false;
        bool has_unknown_labels = false;
    };
    struct account_record
    {
        std::uint64_t version = 0;
        string_pool::id name = 0;
        string_pool::id references = 0;  ///< an id in `lists_`
        std::uint32_t next = 0;
        list_extent extent = list_extent::whole;
        bool is_listed = false;
        bool is_answered = false;
    };
    struct secret_record
    {
        std::uint64_t version : 53 = 0;  ///< etcd's count of writes, which stays below 2^53
        std::uint64_t is_foreign : 1 = 0;
        std::uint64_t is_immutable : 1 = 0;
        std::uint64_t is_unowned : 1 = 0;
        std::uint64_t has_our_label : 1 = 0;
        std::uint64_t is_listed : 1 = 0;
        std::uint64_t is_answered : 1 = 0;
        std::uint64_t fingerprint = 0;
        string_pool::id name = 0;
        std::uint32_t next = 0;
    };
    static_assert(sizeof(namespace_record) == 20);
    static_assert(sizeof(account_record) == 24);
    static_assert(sizeof(secret_record) == 24);

private:
    /// Whether the report is an answer to our own request, and not part of a reflector's list or watch.
    static bool is_answer(source from) { return from == source::answer || from == source::get; }

    /// The progress of a list and its watch.
    struct list_progress
    {
        /// Newest version that the last list and its watch reported; 0 during a list.
        std::uint64_t watched = 0;
        bool is_listing = false;
    };

    /// All objects of one kind, and the progress of the lists and watches of these objects.
    template <class Record>
    struct collection
    {
        std::uint32_t namespace_record::*group;  ///< the field with the head of the group in `records`
        record_groups<Record> records;
        list_progress of_all = {};
        /// The progress of the lists of Secrets by name. Key: id of the name.
        std::map<string_pool::id, list_progress> of_names = {};

        bool is_listed_by_name(string_pool::id name) const { return of_names.contains(name); }

        list_progress& progress_of(string_pool::id name)
        {
            auto const own = of_names.find(name);
            return own == of_names.end() ? of_all : own->second;
        }
        list_progress const& progress_of(string_pool::id name) const
        {
            return const_cast<collection*>(this)->progress_of(name);
        }
        static void unmark(Record& record)
        {
            record.is_listed = false;
            record.is_answered = false;
        }
        /// Whether a list is in progress, and neither an item of the list nor an answer has reported the
        /// object since the list began. The known state may then be of another history than the list.
        bool is_of_unknown_history(Record const& known) const
        {
            return progress_of(known.name).is_listing && !known.is_listed && !known.is_answered;
        }
        /// Whether a report with this version and source replaces the known state.
        bool is_taken(Record const& known, std::uint64_t resource_version, source from) const
        {
            // The known state may be of another history than the list, so a list item wins. Only a newer
            // answer that arrived during the list stays.
            if (from == source::list)
                return !known.is_answered || resource_version >= known.version;
            return (is_answer(from) && is_of_unknown_history(known)) || resource_version > known.version;
        }
    };

    static secret_state state_of(secret_record const& record)
    {
        return {
            record.fingerprint,
            record.is_foreign != 0,
            record.is_immutable != 0,
            record.is_unowned != 0,
            record.has_our_label != 0};
    }
    account_view view_of(account_record const& record) const
    {
        return {
            names_.text(record.name),
            lists_.text(record.references),
            record.references,
            record.version,
            record.extent};
    }
    secret_view view_of(secret_record const& record) const
    {
        return {names_.text(record.name), record.version, state_of(record)};
    }

    template <class View, class Record>
    std::optional<View> find(collection<Record> const& in, namespace_id where, std::string_view name) const
    {
        auto const which = in.records.find(namespaces_[where].*in.group, names_.find(name));
        return which == 0 ? std::nullopt : std::optional(view_of(in.records[which]));
    }
    /// Calls `update(record)` unless the report is outdated. `update` returns whether it changed what the
    /// store keeps.
    template <class Record, class Update>
    stored put(
        collection<Record>& in,
        std::string_view ns,
        std::string_view name,
        std::uint64_t resource_version,
        source from,
        Update&& update
    );
    template <class Record>
    stored drop(
        collection<Record>& in,
        std::string_view ns,
        std::string_view name,
        std::uint64_t resource_version,
        source from
    );
    template <class Record>
    void keep_listed(collection<Record>& in, namespace_id where, std::string_view name);
    /// Does the work of `end_list` for the objects of one namespace. `only` is the name that the list
    /// selects; 0: the list selects all names. \return whether an object was dropped.
    template <class Record>
    bool sweep(
        collection<Record>& in, namespace_id where, std::uint64_t resource_version, string_pool::id only = 0
    );

    namespace_id namespace_of(std::string_view name);
    void forget_if_empty(namespace_id which);
    bool keep_list(account_record& record, reference_list const& references, bool is_other_version);
    bool has_room(std::string_view list, account_record const& instead_of, std::size_t limit) const;
    void free_texts(account_record const& record);
    void free_texts(secret_record const& record);

    string_pool names_;  ///< names of all objects, and labels
    string_pool lists_;  ///< the accounts' lists of references; limited by `max_list_bytes`
    record_pool<namespace_record> namespaces_;
    collection<account_record> accounts_{&namespace_record::accounts, {}};
    collection<secret_record> secrets_{&namespace_record::secrets, {}};
    std::vector<namespace_id> namespace_by_name_;  ///< indexed by the id of the name in `names_`
    mutable namespace_id last_found_ = 0;          ///< cache of `find_namespace`; 0: none
};

}  // namespace tcr::runtime
