// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/sip_hash.hpp>

#include <boost/endian/conversion.hpp>

#include <bit>
#include <cstddef>
#include <random>

namespace tcr
{
namespace
{

class sip_state
{
public:
    explicit sip_state(sip_key const& key)
        : a_(key.low ^ 0x736f6d6570736575),
          b_(key.high ^ 0x646f72616e646f6d),
          c_(key.low ^ 0x6c7967656e657261),
          d_(key.high ^ 0x7465646279746573)
    {
    }

    template <int Rounds>
    void absorb(std::uint64_t word)
    {
        d_ ^= word;
        mix<Rounds>();
        a_ ^= word;
    }

    template <int Rounds>
    std::uint64_t finish()
    {
        c_ ^= 0xff;
        mix<Rounds>();
        return a_ ^ b_ ^ c_ ^ d_;
    }

private:
    template <int Rounds>
    void mix()
    {
        for (int i = 0; i < Rounds; ++i)
        {
            a_ += b_;
            c_ += d_;
            b_ = std::rotl(b_, 13) ^ a_;
            d_ = std::rotl(d_, 16) ^ c_;
            a_ = std::rotl(a_, 32) + d_;
            c_ += b_;
            d_ = std::rotl(d_, 21) ^ a_;
            b_ = std::rotl(b_, 17) ^ c_;
            c_ = std::rotl(c_, 32);
        }
    }

    std::uint64_t a_;
    std::uint64_t b_;
    std::uint64_t c_;
    std::uint64_t d_;
};

/// Reads eight bytes as a little-endian number, as in the paper.
std::uint64_t word_at(char const* bytes)
{
    return boost::endian::load_little_u64(reinterpret_cast<unsigned char const*>(bytes));
}

/// Returns the bytes after the last complete word (0 to 7 bytes) as a little-endian number.
std::uint64_t rest_of(std::string_view text)
{
    auto const count = text.size() % 8;
    // In a text of more than eight bytes, loads the last eight bytes and shifts out those of the last
    // complete word. One load is faster than a loop.
    if (count > 0 && text.size() > 8)
        return word_at(text.data() + text.size() - 8) >> (8 * (8 - count));
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < count; ++i)
        word |= std::uint64_t{static_cast<unsigned char>(text[text.size() - count + i])} << (8 * i);
    return word;
}

template <int Compression, int Finalization>
std::uint64_t hash(sip_key const& key, std::string_view text)
{
    sip_state state(key);
    for (std::size_t at = 0; at + 8 <= text.size(); at += 8)
        state.absorb<Compression>(word_at(text.data() + at));
    state.absorb<Compression>(rest_of(text) | std::uint64_t{text.size()} << 56);
    return state.finish<Finalization>();
}

}  // namespace

sip_key const& process_sip_key()
{
    static sip_key const key = []
    {
        std::random_device random;
        auto const word = [&] { return std::uint64_t{random()} << 32 | random(); };
        sip_key made;
        made.low = word();
        made.high = word();
        return made;
    }();
    return key;
}

std::uint64_t sip_hash(sip_key const& key, std::string_view text)
{
    return hash<1, 3>(key, text);
}

std::uint64_t sip_hash_2_4(sip_key const& key, std::string_view text)
{
    return hash<2, 4>(key, text);
}

}  // namespace tcr
