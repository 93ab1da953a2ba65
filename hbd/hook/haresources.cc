// The reader of haresources. Words are split at blanks; a word that is an
// address is IPaddr's argument, IPv6 included, so a script cannot be called
// by something that reads as an address.
#include "hbd/hook/haresources.h"

#include "lib/addr.h"
#include "lib/text.h"

namespace hbd {

using tandem::Error;

namespace {

// Words up to one that starts with '#'. True when the line goes on below.
bool split_line(const std::string& line, std::vector<std::string>* words) {
  std::vector<std::string> all = tandem::split_words(tandem::trim(line));
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i][0] == '#') return false;
    if (i + 1 == all.size() && all[i][all[i].size() - 1] == '\\') {
      all[i].resize(all[i].size() - 1);
      if (!all[i].empty()) words->push_back(all[i]);
      return true;
    }
    words->push_back(all[i]);
  }
  return false;
}

bool is_printable(const std::string& s) {
  for (char ch : s) {
    const unsigned char c = static_cast<unsigned char>(ch);
    if (c < 0x21 || c == 0x7f) return false;
  }
  return true;
}

bool is_address(const std::string& word) {
  tandem::Address a;
  return tandem::parse_address(word.substr(0, word.find('/')), &a).ok();
}

// Empty: no mistake.
std::string parse_resource(const std::string& word, Resource* out) {
  if (!is_printable(word)) return "control character in a resource";
  if (word[word.size() - 1] == '\\') {
    return "'\\' is only for the end of a line";
  }
  Resource r;
  if (is_address(word)) {
    r.name = "IPaddr";
    r.args.push_back(word);
  } else {
    const std::vector<std::string> fields = tandem::split_fields(word, "::");
    r.name = fields[0];
    if (!tandem::is_name(r.name)) {
      return "'" + r.name + "' is not the name of a resource script";
    }
    // What reads as an address is one argument, for all its "::".
    if (fields.size() > 1 && is_address(word.substr(r.name.size() + 2))) {
      r.args.push_back(word.substr(r.name.size() + 2));
    } else {
      r.args.assign(fields.begin() + 1, fields.end());
    }
    for (const std::string& arg : r.args) {
      if (arg.empty()) return "'" + word + "': empty argument";
    }
  }
  *out = r;
  return std::string();
}

std::string name_of(const std::vector<Resource>& resources) {
  for (const Resource& r : resources) {
    if (r.name == "IPaddr" && !r.args.empty() && is_address(r.args[0])) {
      return r.args[0].substr(0, r.args[0].find('/'));
    }
  }
  return resources[0].text();
}

std::string parse_group(const std::vector<std::string>& words,
                        ResourceGroup* g) {
  g->preferred = words[0];
  if (!tandem::is_name(g->preferred)) {
    return "'" + g->preferred + "' is not the name of a node";
  }
  if (words.size() < 2) return "no resource after '" + g->preferred + "'";
  if (words.size() - 1 > kResourcesMax) {
    return tandem::format("more than %zu resources in a group", kResourcesMax);
  }
  for (size_t i = 1; i < words.size(); ++i) {
    Resource r;
    const std::string mistake = parse_resource(words[i], &r);
    if (!mistake.empty()) return mistake;
    for (const Resource& other : g->resources) {
      if (other.text() == r.text()) {
        return "'" + words[i] + "' is here twice";
      }
    }
    g->resources.push_back(r);
  }
  g->name = name_of(g->resources);
  if (g->name.size() > kGroupNameBytesMax) {
    return tandem::format("the first resource names the group: at most %zu "
                          "bytes", kGroupNameBytesMax);
  }
  return std::string();
}

// Two groups of one name, or one address in two groups: neither can work.
std::string find_clash(const std::vector<ResourceGroup>& groups,
                       const ResourceGroup& g) {
  for (const ResourceGroup& other : groups) {
    if (other.name == g.name) {
      return tandem::format("group '%s' is already in line %d",
                            g.name.c_str(), other.line);
    }
    for (const Resource& r : other.resources) {
      for (const Resource& mine : g.resources) {
        if (r.name == "IPaddr" && r.text() == mine.text()) {
          return tandem::format("'%s' is already in line %d",
                                r.text().c_str(), other.line);
        }
      }
    }
  }
  return std::string();
}

}  // namespace

bool ResourceGroup::has_address() const {
  for (const Resource& r : resources) {
    if (tandem::starts_with(r.name, "IPaddr")) return true;  // IPaddr2 as well
  }
  return false;
}

std::string Resource::text() const {
  return args.empty() ? name : name + "::" + tandem::join(args, "::");
}

Error parse_haresources(const std::string& path, const std::string& text,
                        std::vector<ResourceGroup>* out) {
  std::vector<ResourceGroup> groups;
  const std::vector<std::string> lines = tandem::split_fields(text, "\n");
  for (size_t i = 0; i < lines.size(); ++i) {
    ResourceGroup g;
    g.line = static_cast<int>(i + 1);
    std::vector<std::string> words;
    while (split_line(lines[i], &words)) {
      if (++i == lines.size()) {
        return Error::at(path, g.line, "'\\' at the end of the file");
      }
    }
    if (words.empty()) continue;
    std::string mistake = parse_group(words, &g);
    if (mistake.empty()) mistake = find_clash(groups, g);
    if (mistake.empty() && groups.size() == kGroupsMax) {
      mistake = tandem::format("more than %zu groups", kGroupsMax);
    }
    if (!mistake.empty()) {
      return Error::at(path, g.line, "%s", mistake.c_str());
    }
    groups.push_back(g);
  }
  if (groups.empty()) {
    return Error::at(path, static_cast<int>(lines.size()), "no group");
  }
  out->swap(groups);
  return Error::none();
}

std::string format_haresources(const std::vector<ResourceGroup>& groups) {
  std::string out;
  for (const ResourceGroup& g : groups) {
    out += g.preferred;
    for (const Resource& r : g.resources) out += " " + r.text();
    out += "\n";
  }
  return out;
}

}  // namespace hbd
