// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

/// A synthetic cluster: its names, labels and objects look like those of a real cluster. Equal arguments give
/// equal results.
namespace memory_tests
{

inline constexpr std::size_t cluster_namespaces = 10'000;
inline constexpr std::size_t accounts_in_each = 5;

/// The name of namespace number `which`. The name differs by `generation`, because a client that replaces a
/// namespace seldom uses the old name.
std::string namespace_name(std::size_t which, std::size_t generation = 0);

/// The labels of a namespace, in the store's canonical form. Many namespaces have the same labels, because
/// there are few teams and stages.
std::string namespace_labels(std::size_t which);

/// The name of account number `which`. The names 0 to 2 are the same in all namespaces; the other names occur
/// in only one namespace.
std::string account_name(std::size_t ns, std::size_t which, std::size_t generation = 0);

/// The name of the pull Secret, which is the same in all namespaces.
std::string pull_secret_name();

/// The beginning and the end of a list page, as kube-apiserver writes a page. The items, separated by commas,
/// are between the beginning and the end.
std::string page_head(std::string const& kind, std::size_t remaining);
inline constexpr char page_tail[] = "]}\n";

/// An item of a list of service accounts. It also has the fields that the controller does not read: labels,
/// annotations, owner, managedFields.
std::string account_json(std::size_t ns, std::size_t which);

/// An item of a list of Secrets: a pull Secret with a body of `body_bytes` bytes in base64.
std::string secret_json(std::size_t ns, std::size_t body_bytes);

}  // namespace memory_tests
