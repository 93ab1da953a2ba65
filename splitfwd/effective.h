// Between the reader of splitfwd.ini and the printer of what is in effect:
// keys of the same kind, named once.
#ifndef TANDEM_SPLITFWD_EFFECTIVE_H
#define TANDEM_SPLITFWD_EFFECTIVE_H

#include <stdint.h>

#include "splitfwd/config.h"

namespace splitfwd {

// Durations.
struct ServerTime {
  const char* key;
  uint64_t ServerConfig::*field;
};
const ServerTime kServerTimes[] = {
    {"inter", &ServerConfig::inter_ms},
    {"fastinter", &ServerConfig::fastinter_ms},
    {"downinter", &ServerConfig::downinter_ms},
    {"timeout-check", &ServerConfig::timeout_check_ms},
};
struct ListenTime {
  const char* key;
  uint64_t ListenConfig::*field;
};
const ListenTime kListenTimes[] = {
    {"timeout-connect", &ListenConfig::timeout_connect_ms},
    {"timeout-queue", &ListenConfig::timeout_queue_ms},
    {"timeout-client", &ListenConfig::timeout_client_ms},
    {"timeout-server", &ListenConfig::timeout_server_ms},
    {"timeout-client-fin", &ListenConfig::timeout_client_fin_ms},
    {"timeout-server-fin", &ListenConfig::timeout_server_fin_ms},
};

const char* algorithm_word(Algorithm algorithm);

}  // namespace splitfwd

#endif
