// Links by kind in two keys of one host (ucast, bcast), or in one of a
// witness's pair, whose nodes' shared links its file does not say.
#include "hbd/link/member.h"

#include <algorithm>

#include "lib/text.h"

namespace hbd {

using tandem::Address;
using tandem::Error;
using tandem::IniFile;
using tandem::IniReader;
using tandem::IniWriter;
using tandem::join;

namespace {

const char kBroadcast[] = "255.255.255.255";

std::string texts(const std::vector<Address>& addresses,
                  const std::string& prefix) {
  std::vector<std::string> words;
  for (const Address& a : addresses) words.push_back(prefix + a.text());
  return join(words, ", ");
}

template <typename T>
void add_once(IniReader* r, const char* key, const std::string& text,
              const T& item, std::vector<T>* out) {
  if (std::find(out->begin(), out->end(), item) != out->end()) {
    return r->refuse(key, "%s: %s is here twice", key, text.c_str());
  }
  out->push_back(item);
}

void add_address(IniReader* r, const std::string& word, uint16_t port,
                 std::vector<Address>* out) {
  Address a;
  const Error e = tandem::parse_address_port(word, port, &a);
  if (e) return r->refuse("ucast", "ucast: %s", e.c_str());
  add_once(r, "ucast", word, a, out);
}

void add_device(IniReader* r, const std::string& word, uint16_t port,
                std::vector<Shared>* out) {
  if (!tandem::is_device_name(word)) {
    return r->refuse("bcast", "bcast: '%s' is not an interface name",
                     word.c_str());
  }
  Shared s;
  s.device = word;
  TANDEM_ASSERT(!tandem::parse_address(kBroadcast, &s.to));
  s.to.port = port;
  add_once(r, "bcast", word, s, out);
}

Error check_pair(const IniFile& file, int line, const LinkSettings& s,
                 const std::vector<Member>& m) {
  for (size_t i = 0; i < 2; ++i) {
    if (!s.is_witness && !m[i].has_link()) {
      return file.error_at(line, "no [node %s]", m[i].name.c_str());
    }
    if (m[i].name == s.witness.name) {
      return file.error_at(line, "node and witness are both called %s",
                           m[i].name.c_str());
    }
  }
  const Member& w = s.witness;
  const struct { const char* what; size_t here, there, witness; } kinds[] = {
      {"ucast addresses", m[0].ucast.size(), m[1].ucast.size(), w.ucast.size()},
      {"bcast interfaces", m[0].bcast.size(), m[1].bcast.size(),
       w.bcast.size()}};
  for (const auto& k : kinds) {
    const bool shared = &k != &kinds[0];
    if (k.here != k.there) {
      return file.error_at(line, "%s and %s have not the same number of %s",
                           m[0].name.c_str(), m[1].name.c_str(), k.what);
    }
    // A witness's file does not say which shared links its pairs have.
    if (k.witness > k.here && !(s.is_witness && (shared || k.here == 0))) {
      return file.error_at(line, "witness %s has more %s than the nodes",
                           w.name.c_str(), k.what);
    }
  }
  for (size_t i = 0; i < m[0].ucast.size(); ++i) {
    if (m[0].ucast[i].family != m[1].ucast[i].family ||
        m[0].ucast[i] == m[1].ucast[i]) {
      return file.error_at(line, "%s and %s cannot talk to each other",
                           m[0].ucast[i].text().c_str(),
                           m[1].ucast[i].text().c_str());
    }
  }
  return Error::none();
}

}  // namespace

const Member& LinkSettings::member(const std::string& name) const {
  const std::vector<Member>& m = pairs[0].members;
  return m[0].name == name ? m[0] : m[1];
}

const Member& LinkSettings::local() const {
  return is_witness ? witness : member(self);
}

const std::string& LinkSettings::peer() const {
  const std::vector<Member>& m = pairs[0].members;
  return m[0].name == self ? m[1].name : m[0].name;
}

void members_key(IniReader* r, std::vector<Member>* out) {
  std::vector<std::string> names;
  r->list("nodes", &names);
  if (names.size() != 2 || names[0] == names[1]) {
    r->refuse("nodes", "nodes: expected the names of two nodes");
  }
  for (const std::string& name : names) {
    if (!tandem::is_name(name)) {
      r->refuse("nodes", "nodes: '%s' is not a name", name.c_str());
    }
    Member m;
    m.name = name;
    out->push_back(m);
  }
}

void members_key(IniWriter* w, const std::vector<Member>* members) {
  w->put("nodes", (*members)[0].name + " " + (*members)[1].name);
}

void link_keys(IniReader* r, uint16_t port, Member* out) {
  if (!r->has("ucast") && !r->has("bcast")) {
    r->refuse("ucast", "neither 'ucast' nor 'bcast'");
  }
  std::vector<std::string> words;
  r->list("ucast", &words);
  for (const std::string& word : words) add_address(r, word, port, &out->ucast);
  words.clear();
  r->list("bcast", &words);
  for (const std::string& word : words) add_device(r, word, port, &out->bcast);
}

void link_keys(IniWriter* w, uint16_t, const Member* member) {
  std::vector<std::string> devices;
  for (const Shared& s : member->bcast) devices.push_back(s.device);
  w->put("ucast", texts(member->ucast, ""));
  w->put("bcast", join(devices, ", "));
}

// ucast = NODE ADDRESS[:PORT], NODE ADDRESS[:PORT] ...
void pair_members_key(IniReader* r, uint16_t port, std::vector<Member>* out) {
  if (r->has("nodes") && !r->has("ucast")) return members_key(r, out);
  if (r->has("nodes")) {
    r->refuse("nodes", "nodes: 'ucast' has named them already");
  }
  std::string text;
  r->require("ucast");
  r->text("ucast", &text);
  if (text.empty()) return;
  for (const std::string& item : tandem::split_fields(text, ",")) {
    const std::vector<std::string> words = tandem::split_words(item);
    if (words.size() != 2 || !tandem::is_name(words[0])) {
      return r->refuse("ucast", "ucast: expected NODE ADDRESS, NODE ADDRESS");
    }
    size_t k = 0;
    while (k < out->size() && (*out)[k].name != words[0]) ++k;
    if (k == out->size()) {
      Member m;
      m.name = words[0];
      out->push_back(m);
    }
    add_address(r, words[1], port, &(*out)[k].ucast);
  }
  if (out->size() != 2) {
    r->refuse("ucast", "ucast: expected the addresses of two nodes");
  }
}

void pair_members_key(IniWriter* w, uint16_t,
                      const std::vector<Member>* members) {
  if ((*members)[0].ucast.empty()) return members_key(w, members);
  std::vector<std::string> lists;
  for (const Member& m : *members) {
    lists.push_back(texts(m.ucast, m.name + " "));
  }
  w->put("ucast", join(lists, ", "));
}

void pings_key(IniReader* r, std::vector<Address>* out) {
  std::vector<std::string> words;
  r->require("nodes");
  r->list("nodes", &words);
  for (const std::string& word : words) {
    Address a;
    const Error e = tandem::parse_address(word, &a);
    if (e) return r->refuse("nodes", "nodes: %s", e.c_str());
    out->push_back(a);
  }
}

void pings_key(IniWriter* w, const std::vector<Address>* nodes) {
  w->put("nodes", texts(*nodes, ""));
}

Error check_links(const IniFile& file, int line, const LinkSettings& s) {
  if (s.is_witness && (s.witness.name.empty() || s.pairs.empty())) {
    return file.error_at(line, "role = witness needs [witness NAME] and "
                         "[pair NAME]");
  }
  for (const PairSettings& pair : s.pairs) {
    const std::vector<Member>& m = pair.members;
    const Error e = check_pair(file, line, s, m);
    if (e) return e;
    if (s.is_witness && m[0].ucast.empty() && s.witness.bcast.empty()) {
      return file.error_at(line, "no link to pair %s: 'ucast' there, or "
                           "'bcast' in [witness %s]", pair.name.c_str(),
                           s.witness.name.c_str());
    }
  }
  return Error::none();
}

}  // namespace hbd
