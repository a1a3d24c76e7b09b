#pragma once

#include <cstddef>
#include <string>

/// A cluster that nobody runs: names, labels and objects in the forms that real ones have. The same for the same
/// numbers.
namespace memory_tests
{

inline constexpr std::size_t cluster_namespaces = 10'000;
inline constexpr std::size_t accounts_in_each = 5;

/// Names of the namespace's `generation`: who deletes and makes one anew seldom takes the old name.
std::string namespace_name(std::size_t which, std::size_t generation = 0);

/// In the store's canonical form. A few teams and stages, so that many namespaces share them.
std::string namespace_labels(std::size_t which);

/// Three names that every namespace has, and two that only this one has.
std::string account_name(std::size_t ns, std::size_t which, std::size_t generation = 0);

/// The name of our Secret, the same everywhere.
std::string pull_secret_name();

/// Begin of a list's page and its end, as kube-apiserver writes them; between them the items, separated by commas.
std::string page_head(std::string const& kind, std::size_t remaining);
inline constexpr char page_tail[] = "]}\n";

/// An item of a list of service accounts, with all that the API server sends and we never read: labels,
/// annotations, owner, managedFields.
std::string account_json(std::size_t ns, std::size_t which);

/// An item of a list of Secrets: ours, with a body of `body_bytes` in base64.
std::string secret_json(std::size_t ns, std::size_t body_bytes);

}  // namespace memory_tests
