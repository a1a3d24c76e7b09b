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

/// A problem or warning about a manifest, with its line.
struct manifest_remark
{
    std::size_t line = 0;            ///< from 1
    controller::field_problem what;  ///< without a field if it is about a document or the file
    bool is_warning = false;
};

/// An ImagePullSecret of a manifest.
struct manifest_object
{
    controller::image_pull_secret cr;
    bool has_generated_name =
        false;             ///< has generateName: `cr.name` is an example of a name that the server makes
    std::size_t line = 0;  ///< first line of the object
    std::map<std::string, std::size_t> lines;  ///< line of each field that is present, by its path
    std::vector<manifest_remark> remarks;      ///< why parts cannot be read: unknown keys, wrong types

    /// The line of a field, or of its nearest parent that is present.
    std::size_t line_of(std::string field) const;
};

/// The content of a file.
struct manifest
{
    std::vector<manifest_object> objects;
    std::vector<manifest_remark>
        remarks;             ///< about the file and malformed documents, such as a misspelt ImagePullSecret
    std::size_t others = 0;  ///< objects of other kinds
};

/// Parses YAML or JSON like kubectl and the API server with strict field validation: documents, Lists and
/// their items. Accepts any bytes; never shows a credential.
manifest read_manifest(std::string const& text);

}  // namespace tcr::app
