// The packets are those of MySQL's client/server protocol: 3 bytes of length,
// one of sequence, the payload (Protocol::Handshake, HandshakeResponse41,
// ERR_Packet).
#include "splitfwd/mysql.h"

#include <string.h>

#include "lib/error.h"
#include "lib/text.h"

namespace splitfwd {

using tandem::format;

namespace {

const size_t kHeadBytes = 4;
const size_t kPayloadBytesMax = 1024;  // a greeting has less than 200
const size_t kTextBytesMax = 200;

const unsigned char kOkByte = 0x00, kErrByte = 0xff, kProtocol = 10;

unsigned at(const std::string& s, size_t i) {
  return static_cast<unsigned char>(s[i]);
}

std::string packet(unsigned sequence, const std::string& payload) {
  std::string head(kHeadBytes, '\0');
  head[0] = static_cast<char>(payload.size() & 0xff);
  head[1] = static_cast<char>(payload.size() >> 8 & 0xff);
  head[3] = static_cast<char>(sequence);
  return head + payload;
}

std::string error(unsigned code, const char* sqlstate, const char* text) {
  std::string body(1, static_cast<char>(kErrByte));
  body += static_cast<char>(code & 0xff);
  body += static_cast<char>(code >> 8);
  return packet(0, body + "#" + sqlstate + text);
}

// For a log: one line, no control characters.
std::string plain(const std::string& s) {
  std::string out = s.substr(0, kTextBytesMax);
  for (size_t i = 0; i < out.size(); ++i) {
    if (at(out, i) < ' ' || at(out, i) == 0x7f) out[i] = ' ';
  }
  return out;
}

}  // namespace

std::string refusal_packet(Refusal why) {
  switch (why) {
    case Refusal::NoServer:
      return error(1040, "08004", "splitfwd: no server available");
    case Refusal::NoAnswer:
      return error(1040, "08004", "splitfwd: no server answers");
    case Refusal::QueueTimeout:
      return error(1040, "08004", "splitfwd: queue timeout, the servers have "
                                  "too many connections");
    case Refusal::QueueFull:
      return error(1040, "08004", "splitfwd: queue full, the servers have too "
                                  "many connections");
    case Refusal::SourceFull:
      return error(1040, "08004", "splitfwd: too many connections from this "
                                  "host");
    case Refusal::Shortage:
      return error(1040, "08004", "splitfwd: its host is short of ports, "
                                  "descriptors or memory");
    case Refusal::Denied:
      return error(1130, "HY000", "splitfwd: this host is not allowed to "
                                  "connect");
    case Refusal::Stopping:
      return error(1053, "08S01", "splitfwd: shutdown in progress");
  }
  return std::string();
}

std::string login_and_quit(const std::string& user) {
  TANDEM_ASSERT(user.size() <= kMysqlUserBytesMax);
  // CLIENT_PROTOCOL_41 and CLIENT_SECURE_CONNECTION; packets of 16 MB; utf8;
  // the name; a password of no bytes.
  std::string login("\x00\x82\x00\x00\x00\x80\x00\x01\x21", 9);
  login.append(23, '\0');
  login += user;
  login.append(2, '\0');
  return packet(1, login) + packet(0, "\x01");
}

MysqlCheck::Step MysqlCheck::done(const char* status,
                                  const std::string& text) {
  if (status_.empty()) {
    status_ = status;
    text_ = plain(text);
  }
  return Step::Done;
}

MysqlCheck::Step MysqlCheck::feed(const char* data, size_t n) {
  if (!status_.empty()) return Step::Done;
  in_.append(data, n);
  if (in_.size() < kHeadBytes) return Step::Read;
  const size_t length = at(in_, 0) | at(in_, 1) << 8 | at(in_, 2) << 16;
  if (length == 0 || length > kPayloadBytesMax) {
    return done("L7RSP", "not a MySQL server");
  }
  if (in_.size() < kHeadBytes + length) return Step::Read;
  const std::string payload = in_.substr(kHeadBytes, length);
  const unsigned sequence = at(in_, 3);
  in_.erase(0, kHeadBytes + length);
  return take_packet(payload, sequence);
}

MysqlCheck::Step MysqlCheck::take_packet(const std::string& payload,
                                         unsigned sequence) {
  const unsigned first = at(payload, 0);
  if (first == kErrByte && payload.size() >= 3) {
    code_ = at(payload, 1) | at(payload, 2) << 8;
    const bool state = payload.size() >= 9 && payload[3] == '#';
    return done("L7STS", payload.substr(state ? 9 : 3));
  }
  if (greeted_) {
    if (sequence == 2 && first == kOkByte) return done("L7OK", text_);
    return done("L7RSP", "it asks for another way to log in");
  }
  const size_t end = payload.find('\0');
  if (sequence != 0 || first != kProtocol || end == std::string::npos ||
      !in_.empty()) {
    return done("L7RSP", "not a MySQL server");
  }
  greeted_ = true;
  text_ = payload.substr(1, end - 1);
  return Step::Send;
}

void MysqlCheck::on_end() {
  done("L7RSP", greeted_ ? "closed after the login" : "closed at once");
}

bool MysqlCheck::up() const {
  if (status_ == "L7OK") return true;
  if (status_ != "L7STS") return false;
  // Shutting down; this host is blocked; it is not allowed: no client that
  // comes through us gets further.
  return code_ != 1053 && code_ != 1129 && code_ != 1130;
}

}  // namespace splitfwd
