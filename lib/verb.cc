// getopt(3) with the options that all tools share. A wrong one ends the
// program here, before anything was touched.
#include "lib/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

namespace tandem {

std::string Options::value(char letter, const std::string& fallback) const {
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i][0] == letter) return values[i].substr(1);
  }
  return fallback;
}

void usage_error(const char* name, const char* usage,
                 const std::string& what) {
  fprintf(stderr, "%s: %s\n%s", name, what.c_str(), usage);
  exit(kExitUsage);
}

int finish(const Error& e) {
  if (e) log_err("%s", e.c_str());
  return e.code();
}

Options parse_options(int argc, char** argv, const char* name,
                      const char* letters, const char* usage) {
  log_to_stderr(name);
  Options out;
  // '+': options end at the first argument, with GNU getopt as with POSIX's.
  const std::string spec = std::string("+") + letters + "hV";
  opterr = 0;
  int c;
  while ((c = getopt(argc, argv, spec.c_str())) != -1) {
    if (c == 'h') {
      fputs(usage, stdout);
      exit(kExitOk);
    }
    if (c == 'V') {
      printf("%s %s\n", name, kVersion);
      exit(kExitOk);
    }
    if (c == '?') {
      const char* at = strchr(letters, optopt);
      usage_error(name, usage,
                  std::string(at && at[1] == ':' ? "no value for option -"
                                                 : "unknown option -") +
                      static_cast<char>(optopt));
    }
    const char letter = static_cast<char>(c);
    out.flags += letter;
    if (optarg) out.values.push_back(std::string(1, letter) + optarg);
  }
  for (int i = optind; i < argc; ++i) out.args.push_back(argv[i]);
  return out;
}

}  // namespace tandem
