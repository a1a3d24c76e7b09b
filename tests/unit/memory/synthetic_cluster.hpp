#pragma once

#include <cstddef>
#include <string>

/// A synthetic cluster: names, labels and objects in the forms of real ones. Equal numbers give equal
/// objects.
namespace memory_tests
{

inline constexpr std::size_t cluster_namespaces = 10'000;
inline constexpr std::size_t accounts_in_each = 5;

/// Names of the namespace's `generation`: a client that deletes and recreates a namespace seldom uses the old
/// name.
std::string namespace_name(std::size_t which, std::size_t generation = 0);

/// Labels in the store's canonical form. There are few teams and stages, so that many namespaces share them.
std::string namespace_labels(std::size_t which);

/// Three names that every namespace has, and two that only this namespace has.
std::string account_name(std::size_t ns, std::size_t which, std::size_t generation = 0);

/// The name of our Secret, the same everywhere.
std::string pull_secret_name();

/// The beginning and the end of a list page, as kube-apiserver writes them; between them are the items,
/// separated by commas.
std::string page_head(std::string const& kind, std::size_t remaining);
inline constexpr char page_tail[] = "]}\n";

/// An item of a list of service accounts, with everything that the API server sends and we do not read:
/// labels, annotations, owner, managedFields.
std::string account_json(std::size_t ns, std::size_t which);

/// An item of a list of Secrets: ours, with a body of `body_bytes` in base64.
std::string secret_json(std::size_t ns, std::size_t body_bytes);

}  // namespace memory_tests
