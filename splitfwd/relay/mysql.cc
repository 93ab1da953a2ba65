// A packet of MySQL's client/server protocol is 3 bytes of length, one of
// sequence, and the payload, here an ERR_Packet.
#include "splitfwd/relay/mysql.h"

namespace splitfwd {

namespace {

const size_t kHeadBytes = 4;

const unsigned char kErrByte = 0xff;

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

}  // namespace

bool turns_away(const char* data, size_t n) {
  const std::string s(data, n < 7 ? n : 7);
  if (s.size() < 7 || at(s, 3) != 0 || at(s, 4) != kErrByte) return false;
  switch (at(s, 5) | at(s, 6) << 8) {
    case 1040: case 1129: case 1130: case 1135: case 1203: return true;
  }
  return false;
}

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

}  // namespace splitfwd
