// SPDX-License-Identifier: Apache-2.0
#include "x509.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>
#include <new>

namespace tcr::net
{

std::optional<std::chrono::system_clock::time_point> time_of(ASN1_TIME const* time)
{
    using namespace std::chrono;
    std::tm utc{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &utc) != 1)
        return std::nullopt;
    sys_seconds const when{seconds(timegm(&utc))};
    if (when >= time_point_cast<seconds>(system_clock::time_point::max()))
        return system_clock::time_point::max();
    if (when <= time_point_cast<seconds>(system_clock::time_point::min()))
        return system_clock::time_point::min();
    return when;
}

int no_password(char*, int, int, void*)
{
    return 0;
}

bio_ptr reader_of(std::string_view text)
{
    // BIO_new_mem_buf rejects a null pointer, even for an empty text.
    bio_ptr reader(BIO_new_mem_buf(text.empty() ? "" : text.data(), static_cast<int>(text.size())));
    if (!reader)
        throw std::bad_alloc();
    return reader;
}

std::vector<std::string_view> certificate_blocks(std::string_view text)
{
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    constexpr std::string_view end = "-----END CERTIFICATE-----";
    std::vector<std::string_view> blocks;
    for (auto at = text.find(end); at != std::string_view::npos; at = text.find(end))
    {
        // The block begins at the last BEGIN before this END, so that a truncated certificate does not hide
        // the next certificate.
        auto const from = text.substr(0, at).rfind(begin);
        if (from != std::string_view::npos)
            blocks.push_back(text.substr(from, at + end.size() - from));
        text.remove_prefix(at + end.size());
    }
    return blocks;
}

x509_ptr read_certificate(std::string_view block)
{
    auto const reader = reader_of(block);
    x509_ptr read(PEM_read_bio_X509(reader.get(), nullptr, &no_password, nullptr));
    ERR_clear_error();
    return read;
}

}  // namespace tcr::net
