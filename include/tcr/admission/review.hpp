#pragma once

#include <tcr/kube/json_skim.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <string_view>
#include <vector>

// AdmissionReview of admission.k8s.io/v1: what the API server asks a webhook, and what it is answered.
// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#webhook-request-and-response
namespace tcr::admission
{

/// The request without the object under review.
struct review_request
{
    std::string uid;
    std::string operation;  ///< "CREATE", "UPDATE", "DELETE", "CONNECT"
    std::string group;      ///< of the resource; empty for core
    std::string resource;   ///< its plural
    std::string subresource;
    std::string kind;  ///< of the object
    std::string name;  ///< of the object; empty before the server makes one of generateName
    std::string ns;    ///< of the object; empty for one without
    bool is_dry_run = false;
};

/// One field that is wrong.
struct review_cause
{
    std::string field;
    std::string message;
};

/// What to do with the object.
struct review_answer
{
    bool is_allowed = true;
    std::vector<review_cause> causes;   ///< of a refusal; at least one
    std::vector<std::string> warnings;  ///< for the user, with either answer
    std::string patch;                  ///< JSON Patch (RFC 6902); empty: the object stays as it is
};

/// A review without its objects.
struct review_envelope
{
    std::string api_version;
    std::string kind;
    bool has_request = false;
    review_request request;
};

/// One of the two objects of a review.
struct review_side
{
    kube::object_reader* reader = nullptr;
    int first_field = 0;  ///< its fields are numbered from here on
    kube::object_meta meta;
    bool is_there = false;
    bool is_unreadable = false;  ///< a wanted value cannot be read
};

/// Reads a review while it is parsed: only what the readers want of the two objects is kept, whatever the
/// body holds.
class review_reader final : private kube::skim_handler
{
public:
    /// `object` is told of the object under review, as `added`, `former` of the one that an UPDATE would
    /// replace, as `modified`; each only where the review has it, and both before `read` returns. A former
    /// object with a wanted value that cannot be read counts as none: it is what a correction replaces. They
    /// must outlive this.
    review_reader(kube::object_reader& object, kube::object_reader* former);

    /// \par Errors a sentence about what is no AdmissionReview of v1: no JSON, too deep, another version, no
    /// request or no uid.
    result<review_request> read(std::string_view body);

private:
    review_side* side_of(int field);
    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_piece(int field, std::string_view piece, bool last) override;
    void on_unreadable(int field, std::string_view problem) override;
    void on_open(int field) override;
    boost::system::error_code on_document() override;
    std::vector<kube::skim_path> paths() const;

    review_side object_;
    review_side former_;
    kube::skim_tree tree_;
    kube::json_skimmer skimmer_;

    review_envelope envelope_;
    std::string problem_;  ///< not empty: a wanted value outside the former object cannot be read
    bool is_complete_ = false;
};

/// The body of the answer.
std::string review_text(review_request const& request, review_answer const& answer);

}  // namespace tcr::admission
