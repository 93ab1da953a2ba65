// The line in a my.cnf that makes a server boot read-only: commenting it out,
// and putting it back exactly as it was. Pure: text in, text out.
#ifndef TANDEM_PROMOTE_MYCNF_H
#define TANDEM_PROMOTE_MYCNF_H

#include <string>
#include <vector>

namespace promote {

// What a line that we commented out begins with; the line follows, whole.
const char kMyCnfMark[] = "#tandem:primary# ";

struct MyCnf {
  std::string text;
  std::vector<std::string> changed;  // the lines, as they are without mark
  bool includes;  // it has !include or !includedir, which are not followed
  MyCnf() : includes(false) {}
};

// Comments out each read_only and super_read_only (also with dashes, with
// loose_, with or without a value) in the groups that only servers read.
MyCnf allow_writes_at_boot(const std::string& text);
// Whether a server that reads these files, in this order, boots read-only.
bool boots_read_only(const std::vector<std::string>& texts);
// Takes our mark off again, in whatever group, from nothing but such a line.
MyCnf forbid_writes_at_boot(const std::string& text);

}  // namespace promote

#endif
