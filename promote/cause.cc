// The client library's numbers, and what its texts add to them.
#include "promote/cause.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net.h"
#include "lib/text.h"

namespace promote {

namespace {

const unsigned kRefusedErrno = 2002;       // CR_CONNECTION_ERROR
const unsigned kHostErrno = 2003;          // CR_CONN_HOST_ERROR
const unsigned kClientErrnoMin = 2000;     // 2000..2999: the client library's
const unsigned kClientErrnoMax = 2999;
const unsigned kSocketErrno = 2001;        // CR_SOCKET_CREATE_ERROR
const unsigned kIpSocketErrno = 2004;      // CR_IPSOCK_ERROR
const unsigned kOutOfMemoryErrno = 2008;   // CR_OUT_OF_MEMORY
const unsigned kServerShutdownErrno = 1053;
const unsigned kConnectionKilledErrno = 1927;

// The client's, about a login that this server wants otherwise: its version,
// its method, a secret that the method cannot take.
bool is_about_login(unsigned sql_errno) {
  return sql_errno == 2007 || sql_errno == 2049 ||
         sql_errno == 2054 || (sql_errno >= 2058 && sql_errno <= 2061);
}

bool is_client_error(unsigned sql_errno) {
  return sql_errno >= kClientErrnoMin && sql_errno <= kClientErrnoMax;
}

// The errno that libmariadb puts at the end of its connect errors: "... (111)"
// or "... (111 "Connection refused")".
int errno_in(const char* text) {
  const char* at = strrchr(text, '(');
  return at ? atoi(at + 1) : 0;
}

// A TLS error that says no more than that the connection ended.
bool broke_off(const char* text) {
  const int os = errno_in(text);
  return os == ECONNRESET || os == EPIPE || strstr(text, " eof ") != nullptr;
}

}  // namespace

bool is_permission(unsigned sql_errno) {
  return sql_errno == 1044 || sql_errno == 1045 || sql_errno == 1142 ||
         sql_errno == 1227;
}

const char* login_advice(const std::string& text) {
  return tandem::starts_with(text, "Plugin ") ||
                 tandem::starts_with(text, "Authentication plugin ")
             ? ": give the account a method that is built in, ALTER USER ... IDENTIFIED WITH mysql_native_password"
             : "";
}

Cause cause_of(unsigned sql_errno, const char* text, bool connecting) {
  if (sql_errno == kServerShutdownErrno) return Cause::Gone;
  if (sql_errno == kConnectionKilledErrno) return Cause::Gone;
  if (sql_errno == kRefusedErrno || sql_errno == kHostErrno) {
    const int os = errno_in(text);
    if (tandem::is_our_shortage(os)) return Cause::Ours;
    return os == ECONNREFUSED || os == ENOENT || os == ECONNRESET
               ? Cause::Gone
               : Cause::Silent;
  }
  if (sql_errno == kSocketErrno || sql_errno == kIpSocketErrno ||
      sql_errno == kOutOfMemoryErrno) {
    return Cause::Ours;
  }
  // One that dies in the middle of a login has refused nothing.
  if (sql_errno == kTlsErrno) return broke_off(text) ? Cause::Gone
                                                     : Cause::Rejected;
  if (is_about_login(sql_errno)) return Cause::Rejected;
  if (is_client_error(sql_errno)) return Cause::Gone;
  return connecting ? Cause::Rejected : Cause::Sql;
}

}  // namespace promote
