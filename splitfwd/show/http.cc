#include "splitfwd/show/http.h"

#include "lib/text.h"

namespace splitfwd {

namespace {

const char kSamplePassword[] = "REPLACE-ME";  // etc/splitfwd.auth

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// word is lower case.
bool same_word(const std::string& s, const char* word) {
  size_t i = 0;
  for (; i < s.size() && word[i] && lower(s[i]) == word[i]; ++i) {
  }
  return i == s.size() && !word[i];
}

bool printable(const std::string& s) {
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] <= ' ' || s[i] > '~') return false;
  }
  return !s.empty();
}

// METHOD SP TARGET SP HTTP/1.x
bool parse_start(const std::string& line, HttpRequest* out) {
  const std::vector<std::string> words = tandem::split_fields(line, " ");
  if (words.size() != 3 || !tandem::starts_with(words[2], "HTTP/1.")) {
    return false;
  }
  out->method = words[0];
  out->target = words[1];
  return printable(words[0]) && printable(words[1]) && words[1][0] == '/';
}

// One header line; false when it is none.
bool take_header(const std::string& line, HttpRequest* out) {
  const size_t colon = line.find(':');
  if (colon == std::string::npos || !printable(line.substr(0, colon))) {
    return false;
  }
  if (!same_word(line.substr(0, colon), "authorization")) return true;
  if (!out->authorization.empty()) return false;
  out->authorization = tandem::trim(line.substr(colon + 1));
  return true;
}

// The lines up to the empty one, without their CR; false when it is not there.
bool head_lines(const std::string& bytes, std::vector<std::string>* out) {
  for (size_t at = 0;;) {
    const size_t end = bytes.find('\n', at);
    if (end == std::string::npos) return false;
    std::string line = bytes.substr(at, end - at);
    if (!line.empty() && line[line.size() - 1] == '\r') {
      line.resize(line.size() - 1);
    }
    at = end + 1;
    if (line.empty()) return true;
    out->push_back(line);
  }
}

const char* phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 429: return "Too Many Requests";
    default: return "Error";
  }
}

}  // namespace

HttpHead parse_request(const std::string& bytes, HttpRequest* out) {
  if (bytes.empty()) return HttpHead::More;
  if (bytes.find('\0') != std::string::npos) return HttpHead::Bad;
  std::vector<std::string> lines;
  // Looked for first: a head that comes byte by byte is split only once.
  const bool whole = bytes.find("\n\n") != std::string::npos ||
                     bytes.find("\n\r\n") != std::string::npos ||
                     bytes[0] == '\n' || bytes.compare(0, 2, "\r\n") == 0;
  if (!whole || !head_lines(bytes, &lines)) {
    return bytes.size() < kHeadBytesMax ? HttpHead::More : HttpHead::Bad;
  }
  HttpRequest r;
  if (lines.empty() || !parse_start(lines[0], &r)) return HttpHead::Bad;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (!take_header(lines[i], &r)) return HttpHead::Bad;
  }
  *out = r;
  return HttpHead::Done;
}

std::string base64(const std::string& bytes) {
  static const char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (size_t k = 0; k < 3; ++k) {
      const char c = i + k < bytes.size() ? bytes[i + k] : '\0';
      group = group << 8 | static_cast<unsigned char>(c);
    }
    for (size_t k = 0; k < 4; ++k) {
      const bool pad = i + k > bytes.size();
      out += pad ? '=' : kDigits[group >> (18 - 6 * k) & 63];
    }
  }
  return out;
}

bool parse_credentials(const std::string& text, std::vector<std::string>* out,
                       int* line) {
  std::vector<std::string> found;
  *line = 0;
  const std::vector<std::string> lines = tandem::split_fields(text, "\n");
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string l = tandem::trim(lines[i]);
    if (l.empty() || l[0] == '#') continue;
    const size_t colon = l.find(':');
    *line = static_cast<int>(i) + 1;
    if (colon == std::string::npos || colon == 0 || colon + 1 == l.size() ||
        l.compare(colon + 1, std::string::npos, kSamplePassword) == 0) {
      return false;
    }
    found.push_back(base64(l));
  }
  if (found.empty()) {
    *line = 1;
    return false;
  }
  out->swap(found);
  return true;
}

bool is_authorized(const HttpRequest& request,
                   const std::vector<std::string>& credentials) {
  const std::vector<std::string> words =
      tandem::split_words(request.authorization);
  if (words.size() != 2 || !same_word(words[0], "basic")) return false;
  const std::string& given = words[1];
  bool found = false;
  for (size_t i = 0; i < credentials.size(); ++i) {
    const std::string& want = credentials[i];
    unsigned differ = given.size() == want.size() ? 0 : 1;
    for (size_t k = 0; k < given.size(); ++k) {
      differ |= static_cast<unsigned>(given[k] ^ want[k % want.size()]);
    }
    if (differ == 0) found = true;
  }
  return found;
}

std::string http_response(int status, const std::string& shown,
                          const char* type, bool head_only) {
  const std::string body =
      status == 200 ? shown : std::string(phrase(status)) + "\n";
  std::string out = tandem::format("HTTP/1.1 %d %s\r\n", status,
                                   phrase(status));
  if (status == 401) {
    out += "WWW-Authenticate: Basic realm=\"statistics\"\r\n";
  }
  if (status == 429) out += "Retry-After: 1\r\n";
  out += tandem::format(
      "Content-Type: %s; charset=utf-8\r\nContent-Length: %zu\r\n"
      "Cache-Control: no-store\r\nConnection: close\r\n"
      "Content-Security-Policy: default-src 'none'; "
      "style-src 'unsafe-inline'\r\nX-Frame-Options: DENY\r\n\r\n",
      status == 200 ? type : "text/plain", body.size());
  return head_only ? out : out + body;
}

}  // namespace splitfwd
