// Finds a hook's program and refuses one that somebody else could have put
// there: what hbd runs, it runs as root.
#ifndef TANDEM_HBD_HOOK_FILES_H
#define TANDEM_HBD_HOOK_FILES_H

#include <string>
#include <vector>

#include "lib/error.h"

namespace hbd {

// No error: path is a file that can be executed, and it, what it links to and
// every directory above belong to root (or to us) and can be written by
// nobody else. A sticky directory such as /tmp may be writable.
TANDEM_MUST_USE tandem::Error check_program(const std::string& path);

// The first of directories that has a file NAME; it is then checked, and one
// that is not safe is an error, never passed over. Missing is exit code 5.
TANDEM_MUST_USE tandem::Error find_hook(
    const std::vector<std::string>& directories, const std::string& name,
    std::string* path);

}  // namespace hbd

#endif
