#include <tcr/kube/errc.hpp>
#include <tcr/kube/json_skim.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json/basic_parser_impl.hpp>

namespace tcr::kube
{
namespace
{

namespace json = boost::json;

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

/// Takes Boost.JSON's events and walks the tree beside the document.
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

private:
    friend class json::basic_parser<walker>;
    using error_code = json::error_code;

    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);

    /// The place of the value that begins now: the element of an array, or what the last key led to.
    std::int16_t place() const
    {
        if (unwanted_depth_ > 0)
            return unwanted;
        if (!stack_.empty() && stack_.back().is_array)
            return tree_.at(stack_.back().node).element;
        return next_;
    }

    bool open(bool is_array)
    {
        auto here = place();
        if (here == unwanted)
        {
            ++unwanted_depth_;
            return true;
        }
        if (tree_.at(here).field >= 0)
            handler_.on_open(tree_.at(here).field);
        stack_.push_back({here, is_array});
        return true;
    }

    bool close()
    {
        if (unwanted_depth_ > 0)
        {
            --unwanted_depth_;
            return true;
        }
        auto field = tree_.at(stack_.back().node).field;
        stack_.pop_back();
        if (field >= 0)
            handler_.on_close(field);
        return true;
    }

    bool value(std::string_view text)
    {
        auto here = place();
        if (here != unwanted && tree_.at(here).field >= 0)
            handler_.on_value(tree_.at(here).field, any_key_, text);
        return true;
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

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return open(false); }
    bool on_object_end(std::size_t, error_code&) { return close(); }
    bool on_array_begin(error_code&) { return open(true); }
    bool on_array_end(std::size_t, error_code&) { return close(); }

    bool on_key_part(json::string_view part, std::size_t, error_code&)
    {
        if (unwanted_depth_ == 0)
            key_.append(part.data(), part.size());
        return true;
    }

    bool on_key(json::string_view part, std::size_t, error_code&)
    {
        if (unwanted_depth_ > 0)
            return true;
        if (key_.empty())
        {
            find_key({part.data(), part.size()});
            return true;
        }
        key_.append(part.data(), part.size());
        find_key(key_);
        key_.clear();
        return true;
    }

    bool on_string_part(json::string_view part, std::size_t, error_code&)
    {
        auto here = place();
        if (here == unwanted || tree_.at(here).field < 0)
            return true;
        if (tree_.at(here).in_pieces)
            handler_.on_piece(tree_.at(here).field, {part.data(), part.size()}, false);
        else
            text_.append(part.data(), part.size());
        return true;
    }

    bool on_string(json::string_view part, std::size_t, error_code&)
    {
        auto here = place();
        if (here == unwanted || tree_.at(here).field < 0)
            return true;
        std::string_view piece(part.data(), part.size());
        if (tree_.at(here).in_pieces)
        {
            handler_.on_piece(tree_.at(here).field, piece, true);
            return true;
        }
        if (text_.empty())
            return value(piece);
        text_.append(piece);
        value(text_);
        clear_large(text_);
        return true;
    }

    bool on_number_part(json::string_view part, error_code&)
    {
        text_.append(part.data(), part.size());
        return true;
    }

    bool number(json::string_view part)
    {
        text_.append(part.data(), part.size());
        value(text_);
        clear_large(text_);
        return true;
    }

    bool on_int64(std::int64_t, json::string_view part, error_code&) { return number(part); }
    bool on_uint64(std::uint64_t, json::string_view part, error_code&) { return number(part); }
    bool on_double(double, json::string_view part, error_code&) { return number(part); }
    bool on_bool(bool b, error_code&) { return value(b ? "true" : "false"); }
    bool on_null(error_code&) { return true; }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }

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

json::parse_options deep()
{
    json::parse_options options;
    options.max_depth = 96;  // managedFields of a deep CR pass the default of 32
    return options;
}

}  // namespace

class json_skimmer::parser
{
public:
    parser(skim_tree const& tree, skim_handler& handler, std::size_t most_bytes)
        : most_bytes_(most_bytes), events_(deep(), tree, handler)
    {
    }

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
            boost::system::error_code ec;
            auto used = events_.write_some(true, piece.data(), piece.size(), ec);
            document_bytes_ += used;
            if (ec || document_bytes_ > most_bytes_)
                return errc::bad_answer;
            piece.remove_prefix(used);
            if (!events_.done())
                continue;
            reset();
            if (auto refused = events_.handler().handler().on_document())
                return refused;
        }
        return {};
    }

    bool between_documents() const { return document_bytes_ == 0; }

    void reset()
    {
        events_.reset();
        events_.handler().reset();
        document_bytes_ = 0;
    }

private:
    std::size_t most_bytes_;
    std::size_t document_bytes_ = 0;
    json::basic_parser<walker> events_;
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
