#pragma once

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/controller/validation.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tcr::app
{

/// Something about a manifest, with its place.
struct manifest_remark
{
    std::size_t line = 0;            ///< from 1
    controller::field_problem what;  ///< without a field where it is about a document or the file
    bool is_warning = false;
};

/// One ImagePullSecret of a manifest.
struct manifest_object
{
    controller::image_pull_secret cr;
    bool has_generated_name =
        false;             ///< generateName: `cr.name` is an example of what the server makes of it
    std::size_t line = 0;  ///< where the object begins
    std::map<std::string, std::size_t> lines;  ///< of each field that is there, by its path
    std::vector<manifest_remark> remarks;      ///< what keeps it from being read: unknown keys, wrong types

    /// The line of a field, or of the nearest one that it would stand in.
    std::size_t line_of(std::string field) const;
};

/// What a file holds.
struct manifest
{
    std::vector<manifest_object> objects;
    std::vector<manifest_remark>
        remarks;             ///< about what is no ImagePullSecret, but should be something readable
    std::size_t others = 0;  ///< objects of other kinds
};

/// Reads YAML or JSON as kubectl and the API server with strict field validation do: documents, Lists and
/// their items. Takes any bytes; never shows a credential.
manifest read_manifest(std::string const& text);

}  // namespace tcr::app
