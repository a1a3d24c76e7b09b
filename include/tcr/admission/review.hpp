// SPDX-License-Identifier: Apache-2.0
#pragma once

// AdmissionReview of admission.k8s.io/v1: the API server's request to a webhook, and the answer.
// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#webhook-request-and-response

#include <tcr/kube/json_skim.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tcr::admission
{

/// The request, without its objects.
struct review_request
{
    std::string uid;
    std::string operation;  ///< "CREATE", "UPDATE", "DELETE", "CONNECT"
    std::string group;      ///< group of the resource; empty for core
    std::string resource;   ///< plural name of the resource
    std::string subresource;
    std::string kind;  ///< kind of the object
    std::string name;  ///< name of the object; empty if it has generateName and no name yet
    std::string ns;    ///< namespace of the object; empty if cluster-scoped
};

/// An invalid field.
struct review_cause
{
    std::string field;
    std::string message;
};

/// The webhook's decision about the object.
struct review_answer
{
    bool is_allowed = true;
    std::vector<review_cause> causes;   ///< reasons of a refusal; at least one if the object is refused
    std::vector<std::string> warnings;  ///< for the user, also if the object is allowed
    std::string patch;                  ///< JSON Patch (RFC 6902); empty: the object stays as it is
};

/// The members of a review, without its objects.
struct review_envelope
{
    std::string api_version;
    std::string kind;
    bool has_request = false;
    review_request request;
};

/// One of the two objects of a review, `object` or `oldObject`.
struct review_object
{
    kube::object_reader* reader = nullptr;
    int first_field = 0;  ///< number of the object's first field in the skimmer
    kube::object_meta meta;
    bool is_present = false;
    bool is_unreadable = false;  ///< a needed value cannot be read; set only for `oldObject`
};

/// Parses a review. Keeps only those values of the two objects that the readers need, so parsing a large body
/// needs little memory.
class review_reader final : private kube::skim_handler
{
public:
    /// `object` receives the object under review as `added`. `old_object` receives the object before an
    /// UPDATE or DELETE, as `modified`; it may be null. An object that the review does not contain is not
    /// passed to its reader. An old object with an unreadable value counts as absent, because the update may
    /// correct that value. Both readers must outlive the review_reader.
    review_reader(kube::object_reader& object, kube::object_reader* old_object);

    /// \par Errors `kube::errc::bad_answer`:
    /// - The body is not JSON, or not exactly one document.
    /// - The document is not an AdmissionReview of v1, or has no request or no uid.
    /// - A needed value of the review or of its `object` cannot be read. An unreadable old object is no
    ///   error.
    /// - A member of `review_request` is longer than 256 bytes.
    result<review_request> read(std::string_view body);

private:
    review_object* object_of(int field);
    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_piece(int field, std::string_view piece, bool last) override;
    void on_unreadable(int field, std::string_view problem) override;
    void on_open(int field) override;
    boost::system::error_code on_document() override;
    std::vector<kube::skim_path> paths() const;

    review_object object_;
    review_object old_object_;
    kube::skim_tree tree_;
    kube::json_skimmer skimmer_;

    review_envelope envelope_;
    std::string problem_;  ///< why a needed value outside the old object cannot be read; empty if none
    bool is_complete_ = false;
};

/// Makes the body of the response.
std::string review_text(review_request const& request, review_answer const& answer);

}  // namespace tcr::admission
