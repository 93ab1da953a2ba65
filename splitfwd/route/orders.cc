// Orders as words of a line.
#include "splitfwd/route/orders.h"

#include "lib/text.h"
#include "lib/words.h"

namespace splitfwd {

namespace {

const char* const kWords[] = {"ready", "drain", "maint"};  // by Admin
const char kOrder[] = "order";

}  // namespace

// "order LISTEN SERVER admin=... weight=... initial=...", where one stands;
// "order LISTEN - closed=1".
std::vector<std::string> format_orders(const Config& config,
                                       const Balance& balance,
                                       const std::vector<bool>& closed) {
  std::vector<std::string> out;
  for (size_t i = 0; i < config.listens.size(); ++i) {
    const std::vector<size_t>& mine = config.listens[i].servers;
    if (closed[i]) {
      out.push_back(std::string(kOrder) + " " + config.listens[i].name +
                    " - closed=1");
    }
    for (size_t k = 0; k < mine.size(); ++k) {
      const Admin admin = balance.admin(i, mine[k]);
      const unsigned weight = balance.weight(i, mine[k]);
      const unsigned initial =
          static_cast<unsigned>(config.servers[mine[k]].weight);
      if (admin == Admin::Ready && weight == initial) continue;
      std::string line = std::string(kOrder) + " " + config.listens[i].name +
                         " " + config.servers[mine[k]].name;
      tandem::append_word(&line, "admin", kWords[static_cast<size_t>(admin)]);
      if (weight != initial) {
        tandem::append_word(&line, "weight", uint64_t(weight));
        tandem::append_word(&line, "initial", uint64_t(initial));
      }
      out.push_back(line);
    }
  }
  return out;
}

bool restore_order(const std::string& text, const Config& config,
                   Balance* balance, std::vector<bool>* closed) {
  const std::vector<std::string> line = tandem::split_words(text);
  tandem::Words words;
  if (line.size() < 4 || line[0] != kOrder ||
      !tandem::parse_words(line, 3, &words)) {
    return false;
  }
  for (size_t i = 0; i < config.listens.size(); ++i) {
    const std::vector<size_t>& mine = config.listens[i].servers;
    if (config.listens[i].name == line[1] && words["closed"] == "1") {
      (*closed)[i] = true;
    }
    for (size_t k = 0; k < mine.size(); ++k) {
      if (config.listens[i].name != line[1] ||
          config.servers[mine[k]].name != line[2]) {
        continue;
      }
      for (const Admin a : {Admin::Ready, Admin::Drain, Admin::Maint}) {
        if (words["admin"] != kWords[static_cast<size_t>(a)]) continue;
        balance->set_admin(i, mine[k], a);
      }
      uint64_t weight, initial;
      if (tandem::take_number(&words, "weight", &weight) &&
          tandem::take_number(&words, "initial", &initial) &&
          weight <= kWeightMax && initial == config.servers[mine[k]].weight) {
        balance->set_weight(i, mine[k], static_cast<unsigned>(weight));
      }
    }
  }
  return true;
}

}  // namespace splitfwd
