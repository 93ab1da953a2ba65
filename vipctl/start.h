// `vipctl start`: the address is here and announced when it returns 0.
#ifndef TANDEM_VIPCTL_START_H
#define TANDEM_VIPCTL_START_H

#include "lib/error.h"
#include "vipctl/spec.h"

namespace vipctl {

// Where hbd hands over the reading end of its pipe.
const char kLifeline[] = "HB_LIFELINE";

// Blocks for a few ms, under a grant that wants a probe 80 ms more. Returns
// in the calling process only when it failed or when there is nothing to do;
// else that process ends with 0 and a child lives on as the keeper, which
// ends here as well.
TANDEM_MUST_USE tandem::Error start(const VipSpec& spec, bool force);
// -n: says on stdout what start would do.
TANDEM_MUST_USE tandem::Error dry_start(const VipSpec& spec, bool force);

}  // namespace vipctl

#endif
