// Error values, and the assertion that stays on.
#include "lib/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

namespace tandem {

void assert_failed(const char* cond, const char* file, int line) {
  fprintf(stderr, "%s:%d: internal error: %s\n", file, line, cond);
  abort();
}

Error Error::make(int code, const char* fmt, ...) {
  Error e;
  e.code_ = code;
  va_list ap;
  va_start(ap, fmt);
  e.text_ = vformat(fmt, ap);
  va_end(ap);
  return e;
}

Error Error::at(const std::string& path, int line, const char* fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  const std::string what = vformat(fmt, ap);
  va_end(ap);
  return make(kExitConfig, "%s:%d: %s", path.c_str(), line, what.c_str());
}

Error Error::from_errno(const char* fmt, ...) {
  const int saved = errno;
  Error e;
  e.code_ = saved == EPERM || saved == EACCES ? kExitPermission : kExitFailed;
  va_list ap;
  va_start(ap, fmt);
  e.text_ = vformat(fmt, ap);
  va_end(ap);
  e.text_ += std::string(": ") + strerror(saved);
  return e;
}

Error Error::within(const std::string& what) const {
  Error e = *this;
  if (!e.ok()) e.text_ = what + ": " + text_;
  return e;
}

Error Error::within(const std::string& path, int line) const {
  return within(format("%s:%d", path.c_str(), line));
}

}  // namespace tandem
