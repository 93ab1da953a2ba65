// Strings, numbers, durations. Pure: nothing here does I/O.
#include "lib/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

namespace tandem {

std::string vformat(const char* fmt, va_list ap) {
  char small[256];
  va_list again;
  va_copy(again, ap);
  const int n = vsnprintf(small, sizeof small, fmt, ap);
  std::string out;
  if (n >= 0 && static_cast<size_t>(n) < sizeof small) {
    out.assign(small, static_cast<size_t>(n));
  } else if (n > 0) {
    std::vector<char> big(static_cast<size_t>(n) + 1);
    vsnprintf(big.data(), big.size(), fmt, again);
    out.assign(big.data(), static_cast<size_t>(n));
  }
  va_end(again);
  return out;
}

std::string format(const char* fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  std::string s = vformat(fmt, ap);
  va_end(ap);
  return s;
}

namespace {

std::vector<std::string> split_any(const std::string& s, const char* seps) {
  std::vector<std::string> out;
  size_t at = 0;
  while ((at = s.find_first_not_of(seps, at)) != std::string::npos) {
    size_t end = s.find_first_of(seps, at);
    if (end == std::string::npos) end = s.size();
    out.push_back(s.substr(at, end - at));
    at = end;
  }
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::vector<std::string> split_words(const std::string& s) {
  return split_any(s, " \t");
}

std::vector<std::string> split_list(const std::string& s) {
  return split_any(s, " \t,");
}

std::vector<std::string> split_fields(const std::string& s,
                                      const std::string& sep) {
  std::vector<std::string> out;
  size_t at = 0;
  for (;;) {
    const size_t end = s.find(sep, at);
    if (end == std::string::npos) break;
    out.push_back(s.substr(at, end - at));
    at = end + sep.size();
  }
  out.push_back(s.substr(at));
  return out;
}

std::string join(const std::vector<std::string>& words, const char* sep) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += sep;
    out += words[i];
  }
  return out;
}

std::string printable(const std::string& s) {
  std::string out = s;
  for (size_t i = 0; i < out.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(out[i]);
    const unsigned char next =
        i + 1 < out.size() ? static_cast<unsigned char>(out[i + 1]) : 0;
    if (c == '\t' || c == '\n' || c == '\r') {
      out[i] = ' ';
    } else if (c < 0x20 || c == 0x7f) {
      out[i] = '?';
    } else if (c == 0xc2 && next >= 0x80 && next <= 0x9f) {
      out[i] = out[i + 1] = '?';
    }
  }
  return out;
}

std::string trim(const std::string& s) {
  const char* blank = " \t\r\n";
  const size_t first = s.find_first_not_of(blank);
  if (first == std::string::npos) return std::string();
  return s.substr(first, s.find_last_not_of(blank) - first + 1);
}

bool starts_with(const std::string& s, const char* prefix) {
  return s.compare(0, strlen(prefix), prefix) == 0;
}

bool parse_u64(const std::string& s, uint64_t max, uint64_t* out) {
  if (s.empty() || s.size() > 20) return false;
  uint64_t v = 0;
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] < '0' || s[i] > '9') return false;
    const uint64_t digit = static_cast<uint64_t>(s[i] - '0');
    if (v > (max - digit) / 10) {
      // (max - digit) must not wrap for a max below 9.
      if (digit > max || v * 10 > max - digit) return false;
    }
    v = v * 10 + digit;
    if (v > max) return false;
  }
  *out = v;
  return true;
}

bool parse_duration_ms(const std::string& s, uint64_t* out) {
  const size_t digits = s.find_first_not_of("0123456789");
  if (digits == std::string::npos || digits == 0) return false;
  const std::string unit = s.substr(digits);
  uint64_t scale;
  if (unit == "ms") scale = 1;
  else if (unit == "s") scale = 1000;
  else if (unit == "m") scale = 60000;
  else if (unit == "h") scale = 3600000;
  else return false;
  const uint64_t max_ms = 30ull * 24 * 3600000;
  uint64_t n;
  if (!parse_u64(s.substr(0, digits), max_ms / scale, &n)) return false;
  *out = n * scale;
  return true;
}

std::string format_duration_ms(uint64_t ms) {
  if (ms != 0 && ms % 3600000 == 0) return format("%" PRIu64 "h", ms / 3600000);
  if (ms != 0 && ms % 60000 == 0) return format("%" PRIu64 "m", ms / 60000);
  if (ms != 0 && ms % 1000 == 0) return format("%" PRIu64 "s", ms / 1000);
  return format("%" PRIu64 "ms", ms);
}

bool parse_bool(const std::string& s, bool* out) {
  if (s == "yes" || s == "on" || s == "true") {
    *out = true;
    return true;
  }
  if (s == "no" || s == "off" || s == "false") {
    *out = false;
    return true;
  }
  return false;
}

bool is_name(const std::string& s) {
  if (s.empty() || s.size() > 64 || s[0] == '-' || s[0] == '.') return false;
  return s.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789._-") ==
         std::string::npos;
}

bool is_device_name(const std::string& s) {
  if (s.empty() || s.size() > 15 || s == "." || s == "..") return false;
  for (size_t i = 0; i < s.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(s[i]);
    if (c <= ' ' || c >= 127 || c == ':' || c == '/') return false;
  }
  return true;
}

std::string escape_word(const std::string& s) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(s[i]);
    if (c <= ' ' || c == '%' || c == 127) out += format("%%%02X", c);
    else out += s[i];
  }
  return out;
}

bool unescape_word(const std::string& s, std::string* out) {
  std::string text;
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '%') {
      text += s[i];
      continue;
    }
    if (i + 2 >= s.size()) return false;
    const int hi = hex_value(s[i + 1]);
    const int lo = hex_value(s[i + 2]);
    if (hi < 0 || lo < 0) return false;
    text += static_cast<char>(hi * 16 + lo);
    i += 2;
  }
  out->swap(text);
  return true;
}

std::string json_quote(const std::string& s) {
  std::string out = "\"";
  for (size_t i = 0; i < s.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(s[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += s[i];
    } else if (c < ' ') {
      out += format("\\u%04x", c);
    } else {
      out += s[i];
    }
  }
  return out + "\"";
}

void wipe(std::string* secret) {
  volatile char* at = &(*secret)[0];
  for (size_t i = 0; i < secret->size(); ++i) at[i] = '\0';
  secret->clear();
}

}  // namespace tandem
