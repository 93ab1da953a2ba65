// HMAC (RFC 2104) over libcrypto's SHA-256 itself: its HMAC() would bring 3 MB
// of ways to choose a digest into a process that is locked in memory, and the
// host's openssl.cnf, which may name modules to load, is none of ours.
#include "hbd/link/sign.h"

#include <string.h>

#define OPENSSL_SUPPRESS_DEPRECATED  // OpenSSL 3 would have EVP for that
#include <openssl/sha.h>

#include "lib/text.h"

namespace hbd {

namespace {

static_assert(kSignatureBytes == SHA256_DIGEST_LENGTH, "a digest is as long");

void hash(const void* head, size_t head_bytes, const void* data, size_t n,
          unsigned char* out) {
  SHA256_CTX c;
  SHA256_Init(&c);
  SHA256_Update(&c, head, head_bytes);
  SHA256_Update(&c, data, n);
  SHA256_Final(out, &c);
}

std::string hmac(const std::string& key, const char* data, size_t n) {
  unsigned char inner_key[SHA256_CBLOCK] = {0}, outer_key[SHA256_CBLOCK];
  unsigned char mac[SHA256_DIGEST_LENGTH];
  if (key.size() > sizeof inner_key) {
    hash(key.data(), key.size(), nullptr, 0, inner_key);
  } else {
    memcpy(inner_key, key.data(), key.size());
  }
  for (size_t i = 0; i < sizeof inner_key; ++i) {
    outer_key[i] = static_cast<unsigned char>(inner_key[i] ^ 0x5c);
    inner_key[i] = static_cast<unsigned char>(inner_key[i] ^ 0x36);
  }
  hash(inner_key, sizeof inner_key, data, n, mac);
  hash(outer_key, sizeof outer_key, mac, sizeof mac, mac);
  return std::string(reinterpret_cast<const char*>(mac), sizeof mac);
}

// Looks at every byte, whatever the first ones are.
bool same_bytes(const char* a, const char* b, size_t n) {
  volatile unsigned char different = 0;
  for (size_t i = 0; i < n; ++i) {
    different = static_cast<unsigned char>(
        different | (static_cast<unsigned char>(a[i]) ^
                     static_cast<unsigned char>(b[i])));
  }
  return different == 0;
}

}  // namespace

std::string sign_text(const std::string& key, const std::string& text) {
  return hmac(key, text.data(), text.size()) + text;
}

bool open_signed(const std::vector<std::string>& keys,
                 const std::string& datagram, std::string* text) {
  if (datagram.size() <= kSignatureBytes) return false;
  const char* body = datagram.data() + kSignatureBytes;
  const size_t body_bytes = datagram.size() - kSignatureBytes;
  for (const std::string& key : keys) {
    const std::string mac = hmac(key, body, body_bytes);
    if (same_bytes(mac.data(), datagram.data(), kSignatureBytes)) {
      text->assign(body, body_bytes);
      return true;
    }
  }
  return false;
}

std::string digest_of(const std::string& text) {
  const std::string mac = hmac("haresources", text.data(), text.size());
  std::string out;
  for (size_t i = 0; i < 4; ++i) {
    out += tandem::format("%02x", static_cast<unsigned char>(mac[i]));
  }
  return out;
}

}  // namespace hbd
