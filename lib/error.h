// A small error by value: an exit code and one line of text, or success.
// tandem neither throws nor catches; a function that can fail returns an
// Error and stores its result through a pointer that it leaves alone when it
// fails.
#ifndef TANDEM_LIB_ERROR_H
#define TANDEM_LIB_ERROR_H

#include <string>

#define TANDEM_MUST_USE __attribute__((warn_unused_result))
#define TANDEM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

// A broken promise of our own code: prints the place, aborts. Stays on in
// release builds. Never for what a peer, a file or the system did.
#define TANDEM_ASSERT(cond) \
  ((cond) ? (void)0 : ::tandem::assert_failed(#cond, __FILE__, __LINE__))

namespace tandem {

void assert_failed(const char* cond, const char* file, int line)
    __attribute__((noreturn));

// Exit codes of every tool (LSB's).
enum ExitCode {
  kExitOk = 0,         // done, or: running
  kExitFailed = 1,     // failed, or the answer is no
  kExitUsage = 2,      // wrong option or argument
  kExitStopped = 3,    // status: stopped
  kExitPermission = 4, // not permitted
  kExitMissing = 5,    // not installed
  kExitConfig = 6      // a file is wrong: FILE:LINE: what
};

class Error {
 public:
  Error() : code_(kExitOk) {}
  static Error none() { return Error(); }
  // Failure with this exit code and text (no newline).
  static Error make(int code, const char* fmt, ...) TANDEM_PRINTF(2, 3);
  // A mistake in a file: "PATH:LINE: what", exit code 6.
  static Error at(const std::string& path, int line, const char* fmt, ...)
      TANDEM_PRINTF(3, 4);
  // Failure 1 (4 for EPERM and EACCES) whose text ends in ": " and errno's.
  static Error from_errno(const char* fmt, ...) TANDEM_PRINTF(1, 2);
  // The same error with "what: " before its text: text grows outward.
  Error within(const std::string& what) const;
  // The same error with "PATH:LINE: " before its text, code kept: that line
  // names what failed.
  Error within(const std::string& path, int line) const;

  bool ok() const { return code_ == kExitOk; }
  explicit operator bool() const { return !ok(); }  // true = failed
  int code() const { return code_; }
  const std::string& text() const { return text_; }
  const char* c_str() const { return text_.c_str(); }

 private:
  int code_;
  std::string text_;
};

}  // namespace tandem

#endif
