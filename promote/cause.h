// What became of an operation with a server, by the error that libmariadb gives
// it: whether the server is gone, is silent, or has said no. Pure.
#ifndef TANDEM_PROMOTE_CAUSE_H
#define TANDEM_PROMOTE_CAUSE_H

#include <string>

namespace promote {

enum class Cause {
  None,      // it succeeded
  Gone,      // refused, no such socket, end of file: no server there
  Silent,    // no answer within the deadline, or no route
  Rejected,  // a living server turned the login down: password, connections
  Ours,      // this host could not even ask: no descriptor, port or memory
  Sql        // a statement failed; the connection is as good as before
};

const unsigned kTlsErrno = 2026;  // CR_SSL_CONNECTION_ERROR

// sql_errno, text: mysql_errno() and mysql_error(). connecting: of a login.
Cause cause_of(unsigned sql_errno, const char* text, bool connecting);
// The account may not do it.
bool is_permission(unsigned sql_errno);
// To be put behind a text that speaks of a login method which would have to be
// loaded; else "".
const char* login_advice(const std::string& text);

}  // namespace promote

#endif
