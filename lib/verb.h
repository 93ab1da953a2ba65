// The front of every tool: options by getopt, and for resource scripts the
// verb as the last word: TOOL [-opts] [ARG...] start|stop|status.
#ifndef TANDEM_LIB_VERB_H
#define TANDEM_LIB_VERB_H

#include <string>
#include <vector>

#include "lib/error.h"

namespace tandem {

const char kVersion[] = "0.1.0";

struct Options {
  std::string flags;                // letters given that take no value
  std::vector<std::string> values;  // by letter, see value()
  std::vector<std::string> args;    // what is left
  bool has(char letter) const { return flags.find(letter) != flags.npos; }
  // The value of a letter that takes one; fallback when it was not given.
  std::string value(char letter, const std::string& fallback) const;
};

// Parses argv by a getopt(3) string. -h prints usage on stdout and exits 0,
// -V prints "NAME VERSION" and exits 0 (both are added by this function);
// a wrong option prints usage on stderr and exits 2. Sets log_to_stderr(name).
Options parse_options(int argc, char** argv, const char* name,
                      const char* letters, const char* usage);
// Prints "NAME: what" and the usage on stderr, exits 2.
void usage_error(const char* name, const char* usage, const std::string& what)
    __attribute__((noreturn));
// The end of a main(): logs the error, if it is one, and is its exit code.
int finish(const Error& e);

}  // namespace tandem

#endif
