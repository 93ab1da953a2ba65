// edit_my_cnf: lets the server boot as what it is now. Being unable to is said
// in the log and is nobody's failure: a server that boots read-only is made
// the primary again by promote(8).
#ifndef TANDEM_PROMOTE_EDITOR_H
#define TANDEM_PROMOTE_EDITOR_H

#include "promote/world.h"

namespace promote {

enum class Boot { Writable, ReadOnly };

// Edits the file that w.config names, if it names one; a dry run says what it
// would change. The file is replaced as a whole or not at all, durably, with
// mode and owner kept; of a symbolic link what it points at.
void edit_my_cnf(const World& w, Boot how);

}  // namespace promote

#endif
