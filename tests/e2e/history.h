// A history of transactions that append to lists and read them, and whether a serialisable, never-forgetting server can have
// made it: the list-append method of Elle (Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
// Observations", 2020), with real time.
//
// A list tells its own past: a read of it names every append before. So the order of the appends to a key is the longest
// list that was ever read, and from it follow who came before whom: the writer of an element before its next writer (ww)
// and before each who read the list up to it (wr), such a reader before the next writer (rw), and whoever had its answer
// before another began (rt). These must not run in a circle.
//
// One transaction a line: CLIENT BEGUN_MS ENDED_MS ok|fail|unknown OP..., an OP being a:KEY:VALUE or r:KEY:VALUE,VALUE,...
// fail: certainly not committed; unknown: perhaps. A value is appended once in a history. The last line that reads a key
// reads what is left in the end.
#ifndef TANDEM_TESTS_E2E_HISTORY_H
#define TANDEM_TESTS_E2E_HISTORY_H

#include <stdint.h>
#include <stdlib.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace history {

typedef std::vector<uint64_t> List;

struct Op {
  bool append;
  uint64_t key, value;  // value: of an append
  List list;            // of a read
};

enum class End { Ok, Fail, Unknown };

struct Txn {
  double begun_ms = 0, ended_ms = 0;
  End end = End::Unknown;
  std::vector<Op> ops;
  std::string text;
};

inline bool parse_txn(const std::string& line, Txn* t) {
  std::istringstream in(line);
  std::string client, end, word;
  if (!(in >> client >> t->begun_ms >> t->ended_ms >> end)) return false;
  if (end != "ok" && end != "fail" && end != "unknown") return false;
  t->end = end == "ok" ? End::Ok : end == "fail" ? End::Fail : End::Unknown;
  t->text = line.substr(0, 200);
  while (in >> word) {
    const size_t colon = word.find(':', 2);
    if (word.size() < 3 || word[1] != ':' || colon == std::string::npos) return false;
    Op op;
    op.append = word[0] == 'a';
    op.key = strtoull(word.c_str() + 2, nullptr, 10);
    op.value = 0;
    std::istringstream values(word.substr(colon + 1));
    for (std::string v; std::getline(values, v, ',');) op.list.push_back(strtoull(v.c_str(), nullptr, 10));
    if (op.append) {
      if (op.list.size() != 1) return false;
      op.value = op.list[0];
      op.list.clear();
    }
    t->ops.push_back(op);
  }
  return true;
}

class Checker {
 public:
  explicit Checker(const std::vector<Txn>& txns) : txns_(txns) {}

  // What is wrong, one a line; empty: nothing.
  std::vector<std::string> check() {
    index_appends();
    find_orders();
    check_reads();
    check_appends();
    if (found_.empty()) find_circles();
    return found_;
  }

 private:
  struct Edge {
    size_t to;
    const char* kind;
  };

  void report(const std::string& what, size_t txn) { found_.push_back(what + ": " + txns_[txn].text); }
  void report(const std::string& what, uint64_t key, uint64_t value, size_t txn) {
    std::ostringstream out;
    out << what << " " << value << " of key " << key;
    report(out.str(), txn);
  }

  void index_appends() {
    for (size_t i = 0; i < txns_.size(); ++i) {
      for (const Op& op : txns_[i].ops) {
        if (op.append) writer_[op.value] = i;
      }
    }
  }

  // What a transaction saw of others in a read: its own appends are at the end.
  bool seen_of_others(const Txn& t, size_t at, List* out) const {
    const Op& read = t.ops[at];
    List own;
    for (size_t i = 0; i < at; ++i) {
      if (t.ops[i].append && t.ops[i].key == read.key) own.push_back(t.ops[i].value);
    }
    *out = read.list;
    if (own.size() > out->size() || !std::equal(own.begin(), own.end(), out->end() - static_cast<long>(own.size()))) return false;
    out->resize(out->size() - own.size());
    return true;
  }

  // The longest list is the order; the last one is what is left.
  void find_orders() {
    for (const Txn& t : txns_) {
      if (t.end != End::Ok) continue;
      for (const Op& op : t.ops) {
        if (op.append) continue;
        last_[op.key] = op.list;
        if (op.list.size() > order_[op.key].size()) order_[op.key] = op.list;
      }
    }
    for (const auto& o : order_) {
      for (size_t i = 0; i < o.second.size(); ++i) {
        const uint64_t value = o.second[i];
        if (!place_.insert(std::make_pair(value, i)).second && writer_.count(value)) {
          report("doubled", o.first, value, writer_[value]);
        }
      }
    }
  }

  void check_reads() {
    for (size_t i = 0; i < txns_.size(); ++i) {
      const Txn& t = txns_[i];
      if (t.end != End::Ok) continue;
      for (size_t at = 0; at < t.ops.size(); ++at) {
        const Op& op = t.ops[at];
        if (op.append) continue;
        List others;
        if (!seen_of_others(t, at, &others)) report("does not see its own appends", i);
        const List& order = order_[op.key];
        if (!std::equal(op.list.begin(), op.list.end(), order.begin())) report("forked", op.key, op.list.back(), i);
        for (uint64_t value : op.list) {
          const std::map<uint64_t, size_t>::const_iterator w = writer_.find(value);
          if (w == writer_.end()) {
            report("from nowhere", op.key, value, i);
          } else if (txns_[w->second].end == End::Fail) {
            report("read, and never committed", op.key, value, i);
          }
        }
      }
    }
  }

  void check_appends() {
    for (size_t i = 0; i < txns_.size(); ++i) {
      if (txns_[i].end != End::Ok) continue;
      for (const Op& op : txns_[i].ops) {
        if (!op.append || !last_.count(op.key)) continue;
        const List& left = last_[op.key];
        if (std::find(left.begin(), left.end(), op.value) == left.end()) report("lost", op.key, op.value, i);
      }
    }
  }

  // Of unknown end, and seen by others: it was committed.
  bool is_committed(const Txn& t) const {
    if (t.end != End::Unknown) return t.end == End::Ok;
    for (const Op& op : t.ops) {
      if (op.append && place_.count(op.value)) return true;
    }
    return false;
  }

  void link(size_t from, size_t to, const char* kind) {
    if (from == to) return;
    Edge e = {to, kind};
    edges_[from].push_back(e);
  }

  void link_data() {
    for (const auto& o : order_) {
      for (size_t i = 1; i < o.second.size(); ++i) link(writer_[o.second[i - 1]], writer_[o.second[i]], "ww");
    }
    for (size_t i = 0; i < txns_.size(); ++i) {
      if (txns_[i].end != End::Ok) continue;
      for (size_t at = 0; at < txns_[i].ops.size(); ++at) {
        const Op& op = txns_[i].ops[at];
        List others;
        if (op.append || !seen_of_others(txns_[i], at, &others)) continue;
        const List& order = order_[op.key];
        if (!others.empty()) link(writer_[others.back()], i, "wr");
        if (others.size() < order.size()) link(i, writer_[order[others.size()]], "rw");
      }
    }
  }

  // A chain of moments, so that there are few edges: who ended before a moment is before all who began after it.
  void link_times() {
    std::vector<std::pair<double, size_t>> ends, begins;
    for (size_t i = 0; i < txns_.size(); ++i) {
      if (!is_committed(txns_[i])) continue;
      begins.push_back(std::make_pair(txns_[i].begun_ms, i));
      if (txns_[i].end == End::Ok) ends.push_back(std::make_pair(txns_[i].ended_ms, i));
    }
    std::sort(ends.begin(), ends.end());
    std::sort(begins.begin(), begins.end());
    size_t moment = SIZE_MAX, done = 0;
    for (const auto& b : begins) {
      for (; done < ends.size() && ends[done].first < b.first; ++done) {
        edges_.push_back(std::vector<Edge>());
        const size_t next = edges_.size() - 1;
        if (moment != SIZE_MAX) link(moment, next, "rt");
        link(ends[done].second, next, "rt");
        moment = next;
      }
      if (moment != SIZE_MAX) link(moment, b.second, "rt");
    }
  }

  // Tarjan's components, without recursion.
  std::vector<std::vector<size_t>> components() const {
    const size_t n = edges_.size();
    std::vector<size_t> index(n, SIZE_MAX), low(n), next(n, 0), stack, path;
    std::vector<bool> on_stack(n, false);
    std::vector<std::vector<size_t>> out;
    size_t count = 0;
    for (size_t root = 0; root < n; ++root) {
      if (index[root] != SIZE_MAX) continue;
      path.push_back(root);
      while (!path.empty()) {
        const size_t v = path.back();
        if (index[v] == SIZE_MAX) {
          index[v] = low[v] = count++;
          stack.push_back(v);
          on_stack[v] = true;
        }
        if (next[v] < edges_[v].size()) {
          const size_t w = edges_[v][next[v]++].to;
          if (index[w] == SIZE_MAX) path.push_back(w);
          else if (on_stack[w]) low[v] = std::min(low[v], index[w]);
          continue;
        }
        path.pop_back();
        if (!path.empty()) low[path.back()] = std::min(low[path.back()], low[v]);
        if (low[v] != index[v]) continue;
        std::vector<size_t> members;
        do {
          members.push_back(stack.back());
          on_stack[stack.back()] = false;
          stack.pop_back();
        } while (members.back() != v);
        if (members.size() > 1) out.push_back(members);
      }
    }
    return out;
  }

  // The shortest way from a member back to itself.
  std::string circle(const std::vector<size_t>& members) const {
    const std::set<size_t> inside(members.begin(), members.end());
    const size_t start = *std::min_element(members.begin(), members.end());
    std::map<size_t, std::pair<size_t, const char*>> from;
    std::vector<size_t> queue(1, start);
    for (size_t q = 0; q < queue.size() && !from.count(start); ++q) {
      for (const Edge& e : edges_[queue[q]]) {
        if (inside.count(e.to) && !from.count(e.to)) {
          from[e.to] = std::make_pair(queue[q], e.kind);
          queue.push_back(e.to);
        }
      }
    }
    std::string out;
    size_t at = start;
    do {
      const std::pair<size_t, const char*> step = from[at];
      if (at < txns_.size()) out = std::string("\n  -") + step.second + "-> " + txns_[at].text + out;
      at = step.first;
    } while (at != start);
    return "circle:" + out;
  }

  void find_circles() {
    edges_.assign(txns_.size(), std::vector<Edge>());
    link_data();
    link_times();
    for (const std::vector<size_t>& members : components()) found_.push_back(circle(members));
  }

  const std::vector<Txn>& txns_;
  std::map<uint64_t, size_t> writer_, place_;  // by value
  std::map<uint64_t, List> order_, last_;      // by key
  std::vector<std::vector<Edge>> edges_;
  std::vector<std::string> found_;
};

}  // namespace history

#endif
