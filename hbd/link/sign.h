// Signed datagrams: 32 bytes of HMAC-SHA-256, then the text. Which key it
// was is found by trying: at most 15 of them, and no byte is parsed for it.
#ifndef TANDEM_HBD_LINK_SIGN_H
#define TANDEM_HBD_LINK_SIGN_H

#include <string>
#include <vector>

#include "lib/error.h"

namespace hbd {

const size_t kSignatureBytes = 32;

// The datagram that carries text.
std::string sign_text(const std::string& key, const std::string& text);
// Whether one of the keys made the signature: then *text is what it covers.
// Takes the same time for every wrong signature of a length.
TANDEM_MUST_USE bool open_signed(const std::vector<std::string>& keys,
                                 const std::string& datagram,
                                 std::string* text);

// 8 hexadecimal digits that tell two texts apart.
std::string digest_of(const std::string& text);

}  // namespace hbd

#endif
