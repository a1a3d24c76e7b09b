// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/sha256.hpp>

#include <boost/algorithm/hex.hpp>
#include <boost/endian/conversion.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace tcr
{
namespace
{

void start(EVP_MD_CTX* context)
{
    // Fetches the algorithm only once. With EVP_sha256(), OpenSSL would fetch it at each start, which takes
    // longer than hashing one of our objects.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (EVP_DigestInit_ex2(context, algorithm, nullptr) != 1)
        throw std::runtime_error("OpenSSL has no SHA-256");
}

}  // namespace

void sha256::free_context::operator()(EVP_MD_CTX* context) const
{
    EVP_MD_CTX_free(context);
}

sha256::sha256() : context_(EVP_MD_CTX_new())
{
    start(context_.get());
}

void sha256::update(std::string_view bytes)
{
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

sha256::digest sha256::finish()
{
    digest out{};
    EVP_DigestFinal_ex(context_.get(), out.data(), nullptr);
    start(context_.get());
    return out;
}

sha256::digest sha256_of(std::string_view text)
{
    thread_local sha256 hash;
    hash.update(text);
    return hash.finish();
}

std::uint64_t prefix64(sha256::digest const& digest)
{
    return boost::endian::load_big_u64(digest.data());
}

std::string hex(sha256::digest const& digest, std::size_t bytes)
{
    std::string out;
    auto const end = digest.begin() + std::min(bytes, digest.size());
    boost::algorithm::hex_lower(digest.begin(), end, std::back_inserter(out));
    return out;
}

}  // namespace tcr
