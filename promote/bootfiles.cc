// What my_cnf names is read again at each look: it is edited while we run.
#include "promote/bootfiles.h"

#include "lib/file.h"
#include "lib/log.h"
#include "promote/mycnf.h"

namespace promote {

static const size_t kBytesMax = 1 << 18;

BootFiles::BootFiles(const Endpoint& at, const Config& config) {
  if (config.my_cnf.empty()) paths_ = at.my_cnf;
}

Faults BootFiles::look() {
  Faults out;
  std::vector<std::string> texts(paths_.size());
  for (size_t i = 0; i < paths_.size(); ++i) {
    const tandem::Error e =
        tandem::read_file(paths_[i], kBytesMax, &texts[i]);
    if (!e) continue;
    if (told_ != e.text()) tandem::log_warn("my_cnf: %s", e.c_str());
    told_ = e.text();
    return out;
  }
  told_.clear();
  if (!paths_.empty() && !boots_read_only(texts)) {
    out.add(Fault::BootsWritable);
  }
  return out;
}

}  // namespace promote
