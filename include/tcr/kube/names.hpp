#pragma once

// Which texts Kubernetes accepts as names of objects and as keys and values of labels.

#include <string_view>

namespace tcr::kube
{

/// Whether a namespace can have that name: an RFC 1123 label of 1 to 63 characters; small letters, digits and
/// inner "-". https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
bool is_label_name(std::string_view name);

/// Whether most other objects can have that name: an RFC 1123 subdomain of 1 to 253 characters; small
/// letters, digits, inner "-" and ".", a letter or digit on both sides of each ".".
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
bool is_object_name(std::string_view name);

/// Whether a label or an annotation can have that key: a name of 1 to 63 letters, digits, inner "-", "_" and
/// ".", with or without an object name and "/" in front.
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
bool is_qualified_name(std::string_view key);

/// Whether a label can have that value: empty, or as the name part of a key. The same page.
bool is_label_value(std::string_view value);

}  // namespace tcr::kube
