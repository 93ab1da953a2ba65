// The signature covers every byte, and old and new keys both open it.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include "hbd/hook/haresources.h"
#include "hbd/link/ping.h"
#include "hbd/link/sign.h"

using hbd::open_signed;
using hbd::sign_text;

static std::vector<std::string> keys(const char* a, const char* b = nullptr) {
  std::vector<std::string> out(1, a);
  if (b) out.push_back(b);
  return out;
}

// RFC 4231, test cases 2 and 6: a short key, and one longer than a block.
static void it_is_hmac_sha_256(void**) {
  const unsigned char jefe[] = {
      0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
      0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
      0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43};
  const unsigned char large[] = {
      0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f, 0x0d, 0x8a, 0x26,
      0xaa, 0xcb, 0xf5, 0xb7, 0x7f, 0x8e, 0x0b, 0xc6, 0x21, 0x37, 0x28,
      0xc5, 0x14, 0x05, 0x46, 0x04, 0x0f, 0x0e, 0xe3, 0x7f, 0x54};
  const struct {
    std::string key, text;
    const unsigned char* mac;
  } cases[] = {
      {"Jefe", "what do ya want for nothing?", jefe},
      {std::string(131, '\xaa'),
       "Test Using Larger Than Block-Size Key - Hash Key First", large}};
  for (const auto& c : cases) {
    const std::string datagram = sign_text(c.key, c.text);
    assert_int_equal(datagram.size(), 32 + c.text.size());
    assert_memory_equal(datagram.data(), c.mac, 32);
  }
}

static void any_listed_key_opens_and_no_other(void**) {
  const std::string datagram = sign_text("new", "text");
  std::string text = "untouched";
  assert_false(open_signed(keys("old"), datagram, &text));
  assert_false(open_signed(std::vector<std::string>(), datagram, &text));
  assert_string_equal(text.c_str(), "untouched");
  assert_true(open_signed(keys("old", "new"), datagram, &text));
  assert_string_equal(text.c_str(), "text");
}

static void every_flipped_bit_and_every_cut_is_found(void**) {
  const std::string datagram = sign_text("key", "a beat\nwith lines\n");
  std::string text;
  for (size_t i = 0; i < datagram.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string forged = datagram;
      forged[i] = static_cast<char>(forged[i] ^ (1 << bit));
      assert_false(open_signed(keys("key"), forged, &text));
    }
    assert_false(open_signed(keys("key"), datagram.substr(0, i), &text));
  }
  assert_false(open_signed(keys("key"), datagram + "x", &text));
  assert_true(open_signed(keys("key"), datagram, &text));
}

static std::string digest(const std::vector<hbd::ResourceGroup>& groups) {
  return hbd::digest_of(hbd::format_haresources(groups));
}

static void the_digest_sees_meaning_not_spelling(void**) {
  std::vector<hbd::ResourceGroup> a, b, c;
  assert_true(hbd::parse_haresources("f", "x 10.0.0.1 y\n", &a).ok());
  assert_true(hbd::parse_haresources(
      "f", "# same\nx \\\n IPaddr::10.0.0.1\ty # same\n", &b).ok());
  assert_true(hbd::parse_haresources("f", "x y 10.0.0.1\n", &c).ok());
  assert_int_equal(digest(a).size(), 8);
  assert_string_equal(digest(a).c_str(), digest(b).c_str());
  assert_string_not_equal(digest(a).c_str(),
                          digest(c).c_str());
}

static std::string reply_to(const std::string& echo, int type) {
  std::string reply = echo;
  reply[0] = static_cast<char>(type);
  return reply;
}

static void an_echo_answer_counts_by_its_token(void**) {
  const std::string echo = hbd::format_echo(true, 7, 1, 42, 1000);
  uint32_t sum = 0;
  for (size_t i = 0; i < echo.size(); i += 2) {
    sum += static_cast<uint32_t>(static_cast<unsigned char>(echo[i])) << 8 |
           static_cast<unsigned char>(echo[i + 1]);
  }
  assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);  // RFC 1071
  uint64_t sent_ms = 0;
  std::string ip_header(20, '\0');
  ip_header[0] = 0x45;
  assert_true(hbd::parse_echo_reply(true, ip_header + reply_to(echo, 0), 42,
                                    &sent_ms));
  assert_int_equal(sent_ms, 1000);
  assert_true(hbd::parse_echo_reply(true, reply_to(echo, 0), 42, &sent_ms));
  assert_false(hbd::parse_echo_reply(true, reply_to(echo, 0), 43, &sent_ms));
  assert_false(hbd::parse_echo_reply(true, echo, 42, &sent_ms));
  const std::string echo6 = hbd::format_echo(false, 7, 1, 42, 1000);
  assert_true(hbd::parse_echo_reply(false, reply_to(echo6, 129), 42,
                                    &sent_ms));
  const std::string whole = ip_header + reply_to(echo, 0);
  for (size_t n = 0; n < whole.size(); ++n) {
    assert_false(hbd::parse_echo_reply(true, whole.substr(0, n), 42,
                                       &sent_ms));
  }
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_is_hmac_sha_256),
      cmocka_unit_test(any_listed_key_opens_and_no_other),
      cmocka_unit_test(every_flipped_bit_and_every_cut_is_found),
      cmocka_unit_test(the_digest_sees_meaning_not_spelling),
      cmocka_unit_test(an_echo_answer_counts_by_its_token),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
