// Keeps hbd answering on a busy host.
#ifndef TANDEM_HBD_REALTIME_H
#define TANDEM_HBD_REALTIME_H

namespace hbd {

// Locks the process into memory and asks for real-time scheduling, neither
// inherited by children. What is refused is warned of and no error.
void become_realtime();

}  // namespace hbd

#endif
