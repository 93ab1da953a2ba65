// What a server sends: its end says the same whatever came before, and what
// is cut off at the end says nothing of what was whole.
#include <stddef.h>
#include <stdint.h>

#include <vector>

#include "lib/error.h"
#include "splitfwd/relay/rest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

namespace {

splitfwd::Answer answer(const char* data, size_t n) {
  const std::vector<char> exact(data, data + n);
  splitfwd::Tail t;
  t.note(exact.data(), exact.size());
  return t.answer();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  using splitfwd::Answer;
  const char* bytes = reinterpret_cast<const char*>(data);
  const Answer whole = answer(bytes, n);
  const std::vector<char> exact(bytes, bytes + n);
  TANDEM_ASSERT(!splitfwd::is_last_word(exact.data(), n) || n >= 5);
  std::vector<char> more(100, 'x');
  more.insert(more.end(), bytes, bytes + n);
  if (whole != Answer::Unknown) {
    TANDEM_ASSERT(answer(more.data(), more.size()) == whole);
    TANDEM_ASSERT(n >= 9);
  }
  return 0;
}
