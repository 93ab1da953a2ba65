// What may be wrong with a server of a pair: a closed list. mysqlchk finds
// them, hbd judges and tells them, promote asks the same table. Pure.
//
// In the attribute `faults` of a watcher's line and of a beat each fault is one
// bit, by its place in the list: so a place is never given to another one, and
// a new fault goes to the end.
#ifndef TANDEM_PROMOTE_FAULTS_H
#define TANDEM_PROMOTE_FAULTS_H

#include <stdint.h>

#include <string>
#include <vector>

namespace promote {

enum class Fault : unsigned char {
  LoginRefused, PasswordExpired, HostBlocked, RightMissing,
  TooManyConnections, OutOfThreads, StatementFailed, ValueTooLong,
  ApplierBroken, ApplierStopped, ApplierDelayed, ReceiverBroken,
  ReplicaFilter, ErrorsSkipped, NamedChannel, FilePosition, WritableReplica,
  NoBinlog, BinlogFilter, NoGtid, UpdatesNotLogged, StatementFormat,
  MixedFormat, SyncBinlog, LogFlush,
  NoSemiSync, AfterCommit, SemiSyncBounded, Strangers, SameServerId,
  DiskFull, CommitsStalled, BootsWritable,
  ReceivedLost, ReplicaAsync, WritesRefused,
  DataMissing, DataUnsent,
  ConfigWrong, StateUnwritable
};
const unsigned kFaultCount = static_cast<unsigned>(Fault::StateUnwritable) + 1;
const unsigned kFaultCodeMax = (kFaultCount + 3) / 4;  // bytes of a code

struct FaultRow {
  const char* name;
  bool stops_pairing;   // no pair is made with it, and one that is made ends:
                        // an acknowledged write might be missing at a takeover
  bool stops_takeover;  // this node is not fit: a takeover would fail, or lose
  const char* means;
  const char* cure;
  const char* setting;  // the line for the server's file; null: none
};
const FaultRow& fault_row(Fault f);
const char* stops_text(const FaultRow& row);  // "stops pairing" ...
// The fault of that name; false: there is none.
bool find_fault(const std::string& name, Fault* out);

class Faults {
 public:
  void add(Fault f) { bits_ |= bit(f); }
  bool has(Fault f) const { return (bits_ & bit(f)) != 0; }
  bool empty() const { return bits_ == 0; }
  bool operator==(const Faults& o) const { return bits_ == o.bits_; }
  std::vector<Fault> list() const;  // in the order of the table
  Faults stopping_pairing() const;
  Faults stopping_takeover() const;
  // Faults of our account: nothing can be done with the server, so its owner
  // gives nothing away for order's sake.
  Faults of_account() const;
  // Faults with which a server answers, and commits nothing.
  Faults of_writing() const;
  std::string names() const;        // "" or "one, other"
  void add(const Faults& o) { bits_ |= o.bits_; }
  // As the attribute has it: hexadecimal, "" for none. A bit that is not ours,
  // of a newer table, is passed over; what is no such number has none.
  std::string code() const;
  static Faults of_code(const std::string& code);

 private:
  template <class Is>
  Faults select(Is is) const;
  static uint64_t bit(Fault f) { return 1ull << static_cast<unsigned>(f); }
  uint64_t bits_ = 0;
};

}  // namespace promote

#endif
