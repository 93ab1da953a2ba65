// A damaged state file, or file of events, is refused; one that is read comes
// back from its text.
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "hbd/decide/state.h"
#include "hbd/history.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

static void read_events(const std::string& text) {
  hbd::History first((std::vector<hbd::ResourceGroup>()));
  hbd::History again((std::vector<hbd::ResourceGroup>()));
  if (first.restore("f", text)) return;
  const std::string back = hbd::format_history(first.changes());
  TANDEM_ASSERT(!again.restore("f", back));
  TANDEM_ASSERT(hbd::format_history(again.changes()) == back);
  (void)hbd::history_text("n", first.changes());
  (void)hbd::history_json("n", first.changes());
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  const std::string text(reinterpret_cast<const char*>(data), n);
  read_events(text);
  hbd::State state, again;
  if (hbd::parse_state("f", text, &state)) return 0;
  const std::string back = hbd::format_state(state);
  TANDEM_ASSERT(!hbd::parse_state("f", back, &again));
  TANDEM_ASSERT(again == state);
  return 0;
}
