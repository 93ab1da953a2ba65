#include "promote/mycnf.h"

#include <ctype.h>

#include "lib/text.h"

namespace promote {

namespace {

const char kBlanks[] = " \t\r\n\v\f";

// Without the blanks around it.
std::string bare(const std::string& s) {
  const size_t from = s.find_first_not_of(kBlanks);
  if (from == s.npos) return std::string();
  return s.substr(from, s.find_last_not_of(kBlanks) + 1 - from);
}

// "mysqld", and with the version as in "mysqld-5.6": what servers read.
bool is_server_group(const std::string& name) {
  const std::string base = name.substr(0, name.find('-'));
  return base == "mysqld" || base == "mariadb" || base == "mariadbd" ||
         name == "server";
}

// As servers compare it.
std::string key_of(const std::string& line) {
  std::string key = bare(line.substr(0, line.find_first_of("=#")));
  for (size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '-') key[i] = '_';
  }
  if (tandem::starts_with(key, "loose_")) key.erase(0, 6);
  return key;
}

bool is_read_only(const std::string& line) {
  const std::string key = key_of(line);
  return key == "read_only" || key == "super_read_only";
}

// What a line of read_only says: "", "1", "on", "OFF # for now", in quotes.
bool says_yes(const std::string& line) {
  const size_t at = line.find_first_of("=#");
  if (at == line.npos || line[at] == '#') return true;
  std::string value = line.substr(at + 1);
  value = bare(value.substr(0, value.find('#')));
  if (value.size() > 1 && (value[0] == '"' || value[0] == '\'')) {
    value = value.substr(1, value.size() - 2);
  }
  for (char& c : value) c = static_cast<char>(tolower(c));
  return value != "0" && value != "off" && value != "false" &&
         value != "no";
}

// The name of the group that a line begins; false: it begins none.
bool begins_group(const std::string& line, std::string* name) {
  if (!tandem::starts_with(line, "[")) return false;
  const size_t end = line.find(']');
  *name = end == line.npos ? "" : bare(line.substr(1, end - 1));
  return true;
}

// Goes through the lines, each with its end of line.
class Lines {
 public:
  explicit Lines(const std::string& text) : text_(text), at_(0) {}
  bool next(std::string* line) {
    if (at_ == text_.size()) return false;
    const size_t end = text_.find('\n', at_);
    const size_t n = end == text_.npos ? text_.size() : end + 1;
    *line = text_.substr(at_, n - at_);
    at_ = n;
    return true;
  }

 private:
  const std::string& text_;
  size_t at_;
};

}  // namespace

MyCnf allow_writes_at_boot(const std::string& text) {
  MyCnf out;
  bool ours = false;
  std::string line, group;
  for (Lines lines(text); lines.next(&line); out.text += line) {
    const std::string s = bare(line);
    if (begins_group(s, &group)) {
      ours = is_server_group(group);
    } else if (tandem::starts_with(s, "!include")) {
      out.includes = true;
    } else if (ours && is_read_only(s)) {
      out.changed.push_back(s);
      out.text += kMyCnfMark;
    }
  }
  return out;
}

bool boots_read_only(const std::vector<std::string>& texts) {
  bool read_only = false, super = false;
  for (const std::string& text : texts) {
    bool ours = false;
    std::string line, group;
    for (Lines lines(text); lines.next(&line);) {
      const std::string s = bare(line), key = key_of(s);
      if (begins_group(s, &group)) {
        ours = is_server_group(group);
      } else if (ours && key == "read_only") {
        read_only = says_yes(s);
      } else if (ours && key == "super_read_only") {
        super = says_yes(s);
      } else if (ours && (key == "skip_read_only" ||
                          key == "disable_read_only")) {
        read_only = false;
      }
    }
  }
  return read_only || super;
}

MyCnf forbid_writes_at_boot(const std::string& text) {
  MyCnf out;
  std::string line;
  for (Lines lines(text); lines.next(&line); out.text += line) {
    if (!tandem::starts_with(line, kMyCnfMark)) continue;
    const std::string rest = line.substr(sizeof kMyCnfMark - 1);
    if (!is_read_only(rest)) continue;
    out.changed.push_back(bare(rest));
    line = rest;
  }
  return out;
}

}  // namespace promote
