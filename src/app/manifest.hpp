// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds the ImagePullSecrets in a YAML or JSON file.

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/controller/validation.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tcr::app
{

/// An error or a warning about a manifest.
struct manifest_diagnostic
{
    std::size_t line = 0;            ///< line number, from 1
    controller::field_problem what;  ///< the field is empty for a problem of a whole document or file
    bool is_warning = false;
};

/// An ImagePullSecret of a manifest.
struct manifest_object
{
    controller::image_pull_secret cr;

    /// Whether the object has generateName and no name. If true, `cr.name` is an example of a generated name.
    bool has_generated_name = false;

    std::size_t line = 0;                          ///< first line of the object
    std::map<std::string, std::size_t> lines;      ///< line of each present field; key: its path
    std::vector<manifest_diagnostic> diagnostics;  ///< errors and warnings, such as unknown keys

    /// The line of a field, or of its nearest parent that is present.
    std::size_t line_of(std::string field) const;
};

/// The content of a file.
struct manifest
{
    std::vector<manifest_object> objects;

    /// Problems of the file, and of documents that are not usable as objects, such as one with a misspelt
    /// kind.
    std::vector<manifest_diagnostic> diagnostics;

    std::size_t others = 0;  ///< number of objects of other kinds
};

/// Parses the documents of a file in YAML or JSON. If a document is a List, parses its items. Is as strict as
/// the API server with strict field validation. `text` may be any bytes. Diagnostics never contain a
/// credential.
manifest read_manifest(std::string const& text);

}  // namespace tcr::app
