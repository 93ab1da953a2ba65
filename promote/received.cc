// Only grows, until the server is a primary or lives anew.
#include "promote/received.h"

#include "lib/text.h"

namespace promote {

static std::string life_of(const Facts& f) {
  return f.is_primary() ? std::string() : f.instance();
}

void Received::take(const Facts& f) {
  gtids_ = of(f);
  life_ = life_of(f);
  if (!life_.empty() && f.replicates) {
    gtids_ = latest(gtids_, f.replica.io_pos);
  }
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
  return life_of(f) == life_ ? gtids_ : Gtids();
}

std::string Received::text() const {
  return gtids_.empty() ? "" : life_ + " " + format_gtids(gtids_) + "\n";
}

bool Received::restore(const std::string& text) {
  const std::vector<std::string> words = tandem::split_words(text);
  Gtids gtids;
  if (words.size() != 2 || !parse_gtids(words[1], &gtids)) return false;
  life_ = words[0];
  gtids_ = gtids;
  return true;
}

}  // namespace promote
