// inih does the splitting; our reader function counts the lines (the packaged
// inih does not tell them to its handler) and sees the headers, so that empty
// and repeated sections are noticed.
#include "lib/ini.h"

#include <ini.h>
#include <inttypes.h>
#include <string.h>

#include "lib/file.h"
#include "lib/text.h"

namespace tandem {

namespace {

const size_t kFileBytesMax = 1 << 20;
const size_t kLineBytesMax = 195;  // inih: 200 with "\r\n" and its zero
const size_t kNameBytesMax = 48;   // inih cuts names and sections at 50

struct Source {
  const std::string* text;
  size_t at;
  int line;
  IniFile* file;
  Error error;
};

void keep_first(Error* slot, const Error& e) {
  if (slot->ok()) *slot = e;
}

// Looks at a line before inih does.
void inspect(Source* src, const std::string& line) {
  IniFile* file = src->file;
  if (line.size() > kLineBytesMax) {
    keep_first(&src->error,
               file->error_at(src->line, "line is longer than %zu bytes",
                              kLineBytesMax));
  }
  if (line.find('\0') != std::string::npos) {
    keep_first(&src->error, file->error_at(src->line, "zero byte"));
  }
  if (line.empty() || line[0] != '[') return;
  const size_t close = line.find(']');
  if (close == std::string::npos) {
    keep_first(&src->error, file->error_at(src->line, "']' is missing"));
    return;
  }
  const std::string rest = trim(line.substr(close + 1));
  if (!rest.empty() && rest[0] != ';' && rest[0] != '#') {
    keep_first(&src->error,
               file->error_at(src->line, "text after the section header"));
  }
  IniSection s;
  const std::vector<std::string> words = split_words(line.substr(1, close - 1));
  if (words.empty() || words.size() > 2 || close > kNameBytesMax) {
    keep_first(&src->error,
               file->error_at(src->line, "a section is [KIND] or [KIND NAME]"));
    return;
  }
  s.kind = words[0];
  if (words.size() == 2) s.name = words[1];
  s.line = src->line;
  for (size_t i = 0; i < file->sections.size(); ++i) {
    const IniSection& other = file->sections[i];
    if (other.kind == s.kind && other.name == s.name) {
      keep_first(&src->error,
                 file->error_at(src->line, "[%s] is here twice, first in line "
                                "%d", line.substr(1, close - 1).c_str(),
                                other.line));
    }
  }
  file->sections.push_back(s);
}

extern "C" char* read_ini_line(char* str, int num, void* stream) {
  Source* src = static_cast<Source*>(stream);
  const std::string& text = *src->text;
  if (src->at >= text.size()) return nullptr;
  size_t end = text.find('\n', src->at);
  if (end == std::string::npos) end = text.size();
  // Blanks in front are cut here: inih would read an indented line as the
  // continuation of the one before.
  const std::string line = trim(text.substr(src->at, end - src->at));
  src->at = end + 1;
  ++src->line;
  inspect(src, line);
  const size_t room = static_cast<size_t>(num) - 2;
  const size_t n = line.size() < room ? line.size() : room;
  memcpy(str, line.data(), n);
  str[n] = '\n';
  str[n + 1] = '\0';
  return str;
}

extern "C" int note_entry(void* user, const char* section, const char* name,
                          const char* value) {
  (void)section;  // ours is newer: inih cuts long names
  Source* src = static_cast<Source*>(user);
  IniFile* file = src->file;
  if (file->sections.empty()) {
    keep_first(&src->error, file->error_at(src->line, "'%s' stands before the "
                                           "first [section]", name));
    return 0;
  }
  IniSection& s = file->sections.back();
  if (strlen(name) == 0 || strlen(name) >= kNameBytesMax) {
    keep_first(&src->error, file->error_at(src->line, "bad key name"));
    return 0;
  }
  for (size_t i = 0; i < s.entries.size(); ++i) {
    if (s.entries[i].key == name) {
      keep_first(&src->error,
                 file->error_at(src->line, "'%s' is here twice, first in line "
                                "%d", name, s.entries[i].line));
      return 0;
    }
  }
  for (const char* c = strchr(value, ';'); c; c = strchr(c + 1, ';')) {
    if (c != value && c[-1] != ',') continue;
    keep_first(&src->error,
               file->error_at(src->line, "'%s': a comment needs a blank before "
                              "its ';'", name));
    return 0;
  }
  IniEntry e;
  e.key = name;
  e.value = value;
  e.line = src->line;
  s.entries.push_back(e);
  return 1;
}

}  // namespace

Error IniFile::error_at(int line, const char* fmt, ...) const {
  va_list ap;
  va_start(ap, fmt);
  const std::string what = vformat(fmt, ap);
  va_end(ap);
  return Error::at(path, line, "%s", what.c_str());
}

Error IniFile::parse(const std::string& path, const std::string& text,
                     IniFile* out) {
  IniFile file;
  file.path = path;
  Source src;
  src.text = &text;
  src.at = 0;
  src.line = 0;
  src.file = &file;
  const int bad_line = ini_parse_stream(read_ini_line, &src, note_entry, &src);
  if (src.error.ok() && bad_line > 0) {
    src.error = file.error_at(bad_line, "not 'key = value' nor '[section]'");
  }
  if (src.error.ok() && bad_line < 0) {
    src.error = Error::make(kExitFailed, "%s: cannot parse", path.c_str());
  }
  for (size_t i = 0; i < file.sections.size() && src.error.ok(); ++i) {
    const IniSection& s = file.sections[i];
    if (s.entries.empty()) {
      src.error = file.error_at(s.line, "section [%s] is empty",
                                s.kind.c_str());
    }
  }
  if (src.error.ok()) *out = file;
  return src.error;
}

Error IniFile::read(const std::string& path, IniFile* out) {
  std::string text;
  Error e = read_file(path, kFileBytesMax, &text);
  if (e) return e;
  return parse(path, text, out);
}

IniReader::IniReader(const IniFile& file, const IniSection& section)
    : file_(file), section_(section), taken_(section.entries.size(), false) {}

const IniEntry* IniReader::find(const char* key) const {
  for (const IniEntry& e : section_.entries) {
    if (e.key == key) return &e;
  }
  return nullptr;
}

const IniEntry* IniReader::take(const char* key) {
  const IniEntry* e = find(key);
  if (e) taken_[static_cast<size_t>(e - &section_.entries[0])] = true;
  return e;
}

int IniReader::line_of(const char* key) const {
  const IniEntry* e = find(key);
  return e ? e->line : section_.line;
}

void IniReader::line(const char* key, int* out) const {
  if (has(key) || *out == 0) *out = line_of(key);
}

void IniReader::refuse(const char* key, const char* fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  const std::string what = vformat(fmt, ap);
  va_end(ap);
  keep_first(&first_error_, file_.error_at(line_of(key), "%s", what.c_str()));
}

void IniReader::wrong(const char* key, const std::string& value,
                      const std::string& is) {
  refuse(key, "%s: '%s' is %s", key, value.c_str(), is.c_str());
}

void IniReader::text(const char* key, std::string* out) {
  const IniEntry* e = take(key);
  if (!e) return;
  if (e->value.empty()) return refuse(key, "'%s' has no value", key);
  *out = e->value;
}

void IniReader::name(const char* key, std::string* out) {
  const IniEntry* e = take(key);
  if (!e) return;
  if (!is_name(e->value)) return wrong(key, e->value, "not a name");
  *out = e->value;
}

void IniReader::path(const char* key, std::string* out) {
  const IniEntry* e = take(key);
  if (!e) return;
  if (e->value.empty() || e->value[0] != '/') {
    return wrong(key, e->value, "not an absolute path");
  }
  *out = e->value;
}

void IniReader::flag(const char* key, bool* out) {
  const IniEntry* e = take(key);
  if (e && !parse_bool(e->value, out)) {
    wrong(key, e->value, "not yes or no");
  }
}

void IniReader::number(const char* key, uint64_t min, uint64_t max,
                       uint64_t* out) {
  const IniEntry* e = take(key);
  if (!e) return;
  uint64_t n;
  if (!parse_u64(e->value, max, &n) || n < min) {
    return wrong(key, e->value, format("not a number from %" PRIu64
                                       " to %" PRIu64, min, max));
  }
  *out = n;
}

void IniReader::port(const char* key, uint16_t* out) {
  uint64_t n = *out;
  number(key, 1, 65535, &n);
  *out = static_cast<uint16_t>(n);
}

void IniReader::duration(const char* key, uint64_t min_ms, uint64_t max_ms,
                         uint64_t* out_ms) {
  const IniEntry* e = take(key);
  if (!e) return;
  uint64_t ms;
  if (!parse_duration_ms(e->value, &ms)) {
    return wrong(key, e->value, "not a duration such as 250ms, 2s or 1m");
  }
  if (ms < min_ms || ms > max_ms) {
    return refuse(key, "%s: %s is not between %s and %s", key,
                  e->value.c_str(), format_duration_ms(min_ms).c_str(),
                  format_duration_ms(max_ms).c_str());
  }
  *out_ms = ms;
}

void IniReader::list(const char* key, std::vector<std::string>* out) {
  const IniEntry* e = take(key);
  if (!e) return;
  const std::vector<std::string> words = split_list(e->value);
  if (words.empty()) return refuse(key, "'%s' has no value", key);
  *out = words;
}

void IniReader::command(const char* key, std::vector<std::string>* out) {
  const IniEntry* e = take(key);
  if (!e) return;
  const std::vector<std::string> words = split_words(e->value);
  if (words.empty() || words[0][0] != '/') {
    return wrong(key, e->value, "not /PATH/PROGRAM [ARG...]");
  }
  *out = words;
}

void IniReader::address(const char* key, uint16_t default_port,
                        Address* out) {
  const IniEntry* e = take(key);
  if (!e) return;
  const Error bad = parse_address_port(e->value, default_port, out);
  if (bad) refuse(key, "%s: %s", key, bad.c_str());
}

void IniReader::require(const char* key) {
  if (!has(key)) refuse(key, "[%s] lacks '%s'", section_.kind.c_str(), key);
}

Error IniReader::finish() const {
  if (first_error_) return first_error_;
  for (size_t i = 0; i < taken_.size(); ++i) {
    if (!taken_[i]) {
      return file_.error_at(section_.entries[i].line, "unknown key '%s' in "
                            "[%s]", section_.entries[i].key.c_str(),
                            section_.kind.c_str());
    }
  }
  return Error::none();
}

void IniWriter::section(const std::string& kind, const std::string& name) {
  header_ = "[" + kind + (name.empty() ? "" : " ") + name + "]\n";
}

void IniWriter::put(const char* key, const std::string& value) {
  if (value.empty()) return;
  if (!header_.empty() && !written_.empty()) written_ += "\n";
  written_ += header_ + key + " = " + value + "\n";
  header_.clear();
}

void IniWriter::number(const char* key, uint64_t, uint64_t,
                       const uint64_t* value) {
  put(key, format("%" PRIu64, *value));
}

void IniWriter::port(const char* key, const uint16_t* value) {
  put(key, format("%u", static_cast<unsigned>(*value)));
}

void IniWriter::duration(const char* key, uint64_t min_ms, uint64_t max_ms,
                         const uint64_t* ms) {
  if (*ms >= min_ms && *ms <= max_ms) put(key, format_duration_ms(*ms));
}

void IniWriter::list(const char* key, const std::vector<std::string>* words) {
  put(key, join(*words, " "));
}

void IniWriter::command(const char* key,
                        const std::vector<std::string>* words) {
  put(key, join(*words, " "));
}

void IniWriter::address(const char* key, uint16_t, const Address* value) {
  if (value->family != AF_UNSPEC) put(key, value->text());
}

}  // namespace tandem
