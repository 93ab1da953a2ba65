// What is said of servers: whom a listener sends to, by which algorithm, and a
// set of them.
#ifndef TANDEM_SPLITFWD_SERVERS_H
#define TANDEM_SPLITFWD_SERVERS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/ini.h"

namespace splitfwd {

enum class SendTo { Any, Primary };
// Who of those that may be used: each in turn, by weight; the one with the
// fewest sessions for its weight; the first one that has room.
enum class Algorithm { RoundRobin, LeastConn, First };
const tandem::IniWord<Algorithm> kAlgorithms[] = {
    {"roundrobin", Algorithm::RoundRobin},
    {"leastconn", Algorithm::LeastConn},
    {"first", Algorithm::First}};
const unsigned kWeightMax = 256;
const uint64_t kNoLag = UINT64_MAX;  // not said; also: any lag will do

typedef uint64_t ServerMask;  // a bit each, by the place in the file
const size_t kServersMax = 64;

}  // namespace splitfwd

#endif
