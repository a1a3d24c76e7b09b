// SPDX-License-Identifier: Apache-2.0
#pragma once

// Checks the names of objects, and the keys and values of labels, by the rules of Kubernetes.

#include <string_view>

namespace tcr::kube
{

/// Whether a namespace can have this name: an RFC 1123 label. It has 1 to 63 characters: small letters,
/// digits and "-". The first and the last character are not "-".
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
bool is_label_name(std::string_view name);

/// Whether most other objects can have this name: an RFC 1123 subdomain. It has 1 to 253 characters: small
/// letters, digits, "-" and ".". The first and the last character, and both neighbors of a ".", are letters
/// or digits. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
bool is_object_name(std::string_view name);

/// Whether a label or an annotation can have this key: a name, or a prefix, "/" and a name. The prefix is an
/// object name. The name has 1 to 63 characters: letters, digits, "-", "_" and ".". Its first and last
/// character are letters or digits.
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
bool is_qualified_name(std::string_view key);

/// Whether a label can have this value: an empty text, or a text that is valid as the name in a
/// key. Source: the page above.
bool is_label_value(std::string_view value);

}  // namespace tcr::kube
