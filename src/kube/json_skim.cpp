#include "json_scanner.hpp"
#include <tcr/kube/errc.hpp>
#include <tcr/kube/json_skim.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>

namespace tcr::kube
{
namespace
{

/// Marks a place below which nothing is wanted.
constexpr std::int16_t unwanted = -1;

}  // namespace

void skim_handler::on_piece(int, std::string_view, bool) {}
void skim_handler::on_open(int) {}
void skim_handler::on_close(int) {}

skim_tree::skim_tree(std::vector<skim_path> const& paths) : nodes_(1)
{
    for (auto const& wanted : paths)
    {
        std::int16_t place = 0;
        for (auto const& step : wanted.path)
            place = child(place, step);
        nodes_[static_cast<std::size_t>(place)].field = wanted.field;
        nodes_[static_cast<std::size_t>(place)].in_pieces = wanted.in_pieces;
    }
}

std::int16_t skim_tree::child(std::int16_t parent, std::string const& step)
{
    auto const next = static_cast<std::int16_t>(nodes_.size());
    auto& from = nodes_[static_cast<std::size_t>(parent)];
    auto found = next;
    if (step == "[]")
        found = from.element = from.element == unwanted ? next : from.element;
    else if (step == "*")
        found = from.any_key = from.any_key == unwanted ? next : from.any_key;
    else
    {
        auto known =
            std::find_if(from.keys.begin(), from.keys.end(), [&](auto const& k) { return k.first == step; });
        if (known != from.keys.end())
            found = known->second;
        else
            from.keys.emplace_back(step, next);
    }
    if (found == next)
        nodes_.emplace_back();
    return found;
}

namespace
{

/// Takes the scanner's tokens and walks the tree beside the document.
class walker
{
public:
    walker(skim_tree const& tree, skim_handler& handler) : tree_(tree), handler_(handler)
    {
        stack_.reserve(16);
    }

    void reset()
    {
        stack_.clear();
        next_ = 0;
        unwanted_depth_ = 0;
        key_.clear();
        clear_large(text_);
    }

    skim_handler& handler() { return handler_; }

    bool wants_key() const { return unwanted_depth_ == 0; }

    bool wants_value() const
    {
        auto const here = place();
        return here != unwanted && tree_.at(here).field >= 0;
    }

    void on_object_begin() { open(false); }
    void on_object_end() { close(); }
    void on_array_begin() { open(true); }
    void on_array_end() { close(); }

    void on_key_part(std::string_view piece, bool is_last)
    {
        if (is_last && key_.empty())
            return find_key(piece);
        key_.append(piece);
        if (!is_last)
            return;
        find_key(key_);
        key_.clear();
    }

    void on_string_part(std::string_view piece, bool is_last)
    {
        auto const& node = tree_.at(place());
        if (node.in_pieces)
            return handler_.on_piece(node.field, piece, is_last);
        collect(piece, is_last);
    }

    void on_number_part(std::string_view piece, bool is_last) { collect(piece, is_last); }
    void on_bool(bool b) { value(b ? "true" : "false"); }
    void on_null() {}

private:
    /// The place of the value that begins now: the element of an array, or what the last key led to.
    std::int16_t place() const
    {
        if (unwanted_depth_ > 0)
            return unwanted;
        if (!stack_.empty() && stack_.back().is_array)
            return tree_.at(stack_.back().node).element;
        return next_;
    }

    void open(bool is_array)
    {
        auto here = place();
        if (here == unwanted)
        {
            ++unwanted_depth_;
            return;
        }
        if (tree_.at(here).field >= 0)
            handler_.on_open(tree_.at(here).field);
        stack_.push_back({here, is_array});
    }

    void close()
    {
        if (unwanted_depth_ > 0)
        {
            --unwanted_depth_;
            return;
        }
        auto field = tree_.at(stack_.back().node).field;
        stack_.pop_back();
        if (field >= 0)
            handler_.on_close(field);
    }

    /// A wanted value that may come in parts.
    void collect(std::string_view piece, bool is_last)
    {
        if (is_last && text_.empty())
            return value(piece);
        text_.append(piece);
        if (!is_last)
            return;
        value(text_);
        clear_large(text_);
    }

    void value(std::string_view text)
    {
        if (wants_value())
            handler_.on_value(tree_.at(place()).field, any_key_, text);
    }

    void find_key(std::string_view key)
    {
        auto const& node = tree_.at(stack_.back().node);
        next_ = unwanted;
        for (auto const& [name, child] : node.keys)
            if (name == key)
                next_ = child;
        if (next_ == unwanted && node.any_key != unwanted)
        {
            next_ = node.any_key;
            any_key_.assign(key);
        }
    }

    struct frame
    {
        std::int16_t node;
        bool is_array;
    };

    skim_tree const& tree_;
    skim_handler& handler_;
    std::vector<frame> stack_;
    std::int16_t next_ = 0;  ///< where the last key led; the root before any
    int unwanted_depth_ = 0;
    std::string key_;      ///< a key that came in parts
    std::string any_key_;  ///< what the last "*" matched
    std::string text_;     ///< a string or number that came in parts
};

}  // namespace

class json_skimmer::parser
{
public:
    parser(skim_tree const& tree, skim_handler& handler, std::size_t most_bytes)
        : most_bytes_(most_bytes), walker_(tree, handler), scanner_(walker_)
    {
    }
    parser(parser const&) = delete;
    parser& operator=(parser const&) = delete;

    boost::system::error_code feed(std::string_view piece)
    {
        while (!piece.empty())
        {
            if (document_bytes_ == 0)
            {
                auto start = piece.find_first_not_of(" \t\r\n");
                if (start == std::string_view::npos)
                    return {};
                piece.remove_prefix(start);
            }
            auto const used = scanner_.scan(piece);
            document_bytes_ += used;
            if (scanner_.has_failed() || document_bytes_ > most_bytes_)
            {
                document_bytes_ = std::max<std::size_t>(document_bytes_, 1);
                return errc::bad_answer;
            }
            piece.remove_prefix(used);
            if (!scanner_.is_done())
                continue;
            reset();
            if (auto refused = walker_.handler().on_document())
                return refused;
        }
        return {};
    }

    bool between_documents() const { return document_bytes_ == 0; }

    void reset()
    {
        scanner_.reset();
        walker_.reset();
        document_bytes_ = 0;
    }

private:
    std::size_t most_bytes_;
    std::size_t document_bytes_ = 0;
    walker walker_;
    json_scanner<walker> scanner_;
};

json_skimmer::json_skimmer(skim_tree const& tree, skim_handler& handler, std::size_t most_bytes)
    : parser_(std::make_unique<parser>(tree, handler, most_bytes))
{
}

json_skimmer::~json_skimmer() = default;
json_skimmer::json_skimmer(json_skimmer&&) noexcept = default;

boost::system::error_code json_skimmer::feed(std::string_view piece)
{
    return parser_->feed(piece);
}

bool json_skimmer::between_documents() const
{
    return parser_->between_documents();
}

void json_skimmer::reset()
{
    parser_->reset();
}

}  // namespace tcr::kube
