// Only grows, until the source or the server is another one.
#include "promote/received.h"

#include "lib/text.h"

namespace promote {

static std::string life_of(const Facts& f) {
  if (!f.replicates || f.instance().empty()) return std::string();
  return f.replica.source_host + ":" + f.replica.source_port + " " +
         f.instance();
}

void Received::take(const Facts& f) {
  const std::string life = life_of(f);
  if (life != of_) gtids_ = Gtids();
  of_ = life;
  if (!of_.empty()) gtids_ = latest(gtids_, f.replica.io_pos);
}

bool Received::is_lost(const Facts& f) const {
  const Gtids all = of(f);
  const Gtids here = latest(f.executed, f.replica.io_pos);
  if (reached(here, all)) return false;
  // MySQL shows one that has only begun to come, and takes it back.
  return !f.flavour || !f.flavour->counts_begun ||
         count_of(missing(here, all)) > 1;
}

Gtids Received::of(const Facts& f) const {
  return !of_.empty() && life_of(f) == of_ ? gtids_ : Gtids();
}

std::string Received::text() const {
  return gtids_.empty() ? "" : of_ + " " + format_gtids(gtids_) + "\n";
}

bool Received::restore(const std::string& text) {
  const std::vector<std::string> words = tandem::split_words(text);
  Gtids gtids;
  if (words.size() != 3 || !parse_gtids(words[2], &gtids)) return false;
  of_ = words[0] + " " + words[1];
  gtids_ = gtids;
  return true;
}

}  // namespace promote
