#include <tcr/util/sha256.hpp>

#include <openssl/evp.h>

#include <stdexcept>

namespace tcr
{
namespace
{

EVP_MD_CTX* raw(void* context)
{
    return static_cast<EVP_MD_CTX*>(context);
}

void start(void* context)
{
    // Fetched once: an implicit fetch by EVP_sha256() at each start costs more than hashing our objects.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (EVP_DigestInit_ex2(raw(context), algorithm, nullptr) != 1)
        throw std::runtime_error("OpenSSL has no SHA-256");
}

}  // namespace

void sha256::free_context::operator()(void* context) const
{
    EVP_MD_CTX_free(raw(context));
}

sha256::sha256() : context_(EVP_MD_CTX_new())
{
    start(context_.get());
}

void sha256::update(std::string_view bytes)
{
    EVP_DigestUpdate(raw(context_.get()), bytes.data(), bytes.size());
}

sha256::digest sha256::finish()
{
    digest out{};
    EVP_DigestFinal_ex(raw(context_.get()), out.data(), nullptr);
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
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
        value = value << 8 | digest[i];
    return value;
}

std::string hex(sha256::digest const& digest, std::size_t bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < bytes && i < digest.size(); ++i)
    {
        out += digits[digest[i] >> 4];
        out += digits[digest[i] & 15];
    }
    return out;
}

}  // namespace tcr
