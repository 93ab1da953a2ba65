// How many sessions each client address has, by listener. Pure.
#ifndef TANDEM_SPLITFWD_ROUTE_SOURCES_H
#define TANDEM_SPLITFWD_ROUTE_SOURCES_H

#include <stddef.h>

#include <map>
#include <string>

#include "lib/addr.h"

namespace splitfwd {

class Sources {
 public:
  size_t count(size_t listen, const tandem::Address& client) const {
    const Counts::const_iterator at = counts_.find(key(listen, client));
    return at == counts_.end() ? 0 : at->second;
  }
  void add(size_t listen, const tandem::Address& client) {
    ++counts_[key(listen, client)];
  }
  // One that was added.
  void remove(size_t listen, const tandem::Address& client) {
    const Counts::iterator at = counts_.find(key(listen, client));
    if (--at->second == 0) counts_.erase(at);
  }

 private:
  typedef std::map<std::string, size_t> Counts;
  static std::string key(size_t listen, const tandem::Address& client) {
    return std::string(reinterpret_cast<const char*>(&listen),
                       sizeof listen) +
           std::string(reinterpret_cast<const char*>(client.bytes),
                       client.byte_count());
  }
  Counts counts_;
};

}  // namespace splitfwd

#endif
