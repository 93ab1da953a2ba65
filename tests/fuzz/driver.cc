// Runs one fuzz target (LLVMFuzzerTestOneInput) without libFuzzer: over its
// corpus, and over RUNS inputs made from it by a seeded generator, so that a
// failure comes back with the same command line.
//
//   TARGET [-n RUNS] [-s SEED] CORPUS-FILE...
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

std::string read_whole(const char* path) {
  std::string text;
  FILE* f = fopen(path, "rb");
  if (!f) {
    perror(path);
    exit(2);
  }
  char buf[4096];
  size_t n;
  while ((n = fread(buf, 1, sizeof buf, f)) > 0) text.append(buf, n);
  fclose(f);
  return text;
}

void run_one(const std::string& s) {
  // An exact copy on the heap: a read past its end is seen.
  std::vector<uint8_t> copy(s.begin(), s.end());
  LLVMFuzzerTestOneInput(copy.data(), copy.size());
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& corpus, uint64_t seed)
      : corpus_(corpus), rng_(seed) {}

  std::string next() {
    std::string s = corpus_[below(corpus_.size())];
    for (uint64_t i = below(6) + 1; i > 0; --i) change(&s);
    if (s.size() > 4096) s.resize(4096);
    return s;
  }

 private:
  size_t below(size_t n) { return n == 0 ? 0 : static_cast<size_t>(rng_() % n); }
  void change(std::string* s) {
    static const char* const kBits[] = {
        "", " ", "\n", "\t", "=", "%", "::", ":", "/", "[", "]", "\\\n", "#",
        "0", "-1", "18446744073709551616", "999999999999", "%00", "\r\n", ","};
    const size_t at = below(s->size() + 1);
    const size_t n = below(s->size() - at + 1);
    switch (below(7)) {
      case 0: s->resize(at); break;
      case 1: s->erase(at, n < 8 ? n : 8); break;
      case 2: s->insert(at, kBits[below(sizeof kBits / sizeof *kBits)]); break;
      case 3: s->insert(at, s->substr(at, n)); break;
      case 4: if (at < s->size()) (*s)[at] = static_cast<char>(rng_()); break;
      case 5: if (at < s->size()) (*s)[at] ^= static_cast<char>(1 << below(8));
        break;
      default: {
        const std::string& other = corpus_[below(corpus_.size())];
        const size_t from = below(other.size() + 1);
        s->insert(at, other.substr(from, below(64)));
      }
    }
  }
  const std::vector<std::string>& corpus_;
  std::mt19937_64 rng_;
};

}  // namespace

int main(int argc, char** argv) {
  unsigned long runs = 20000;
  uint64_t seed = 1;
  int c;
  while ((c = getopt(argc, argv, "n:s:")) != -1) {
    if (c == 'n') runs = strtoul(optarg, nullptr, 10);
    else if (c == 's') seed = strtoull(optarg, nullptr, 10);
    else return 2;
  }
  std::vector<std::string> corpus;
  for (int i = optind; i < argc; ++i) corpus.push_back(read_whole(argv[i]));
  if (corpus.empty()) {
    fprintf(stderr, "%s: no corpus\n", argv[0]);
    return 2;
  }
  for (size_t i = 0; i < corpus.size(); ++i) {
    for (size_t n = 0; n <= corpus[i].size(); ++n) {
      run_one(corpus[i].substr(0, n));
    }
  }
  Mutator m(corpus, seed);
  for (unsigned long i = 0; i < runs; ++i) run_one(m.next());
  printf("%s: %zu corpus files, %lu runs, seed %llu\n", argv[0],
         corpus.size(), runs, static_cast<unsigned long long>(seed));
  return 0;
}
