// HMAC-SHA-256 by libcrypto's one-shot HMAC(). The host's openssl.cnf, which
// may name modules to load, is none of ours.
#include "hbd/link/sign.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/text.h"

namespace hbd {

namespace {

void forget_openssl_cnf() {
#if OPENSSL_VERSION_NUMBER >= 0x10100000L
  static const int done =
      OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  TANDEM_ASSERT(done == 1);
#endif
}

std::string hmac(const std::string& key, const char* data, size_t n) {
  forget_openssl_cnf();
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned mac_bytes = 0;
  const unsigned char* made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(data), n, mac, &mac_bytes);
  TANDEM_ASSERT(made && mac_bytes == kSignatureBytes);
  return std::string(reinterpret_cast<const char*>(mac), mac_bytes);
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
