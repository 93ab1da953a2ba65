// What is wrong with a pair, and what to do about it, as one node knows it:
// for who is woken by it, and for Nagios. Pure.
#ifndef TANDEM_HBD_DECIDE_VERDICT_H
#define TANDEM_HBD_DECIDE_VERDICT_H

#include <string>
#include <vector>

namespace hbd {

struct Status;
struct WitnessStatus;

enum class Level { Ok, Warning, Critical };  // Nagios: the exit code
const char* level_name(Level level);         // "OK" ...

struct Finding {
  Level level;
  std::string text;
  std::string cure;  // what to do; "" when the text says it, or time does it
};

// The worst first. Critical: nobody serves, something may run in two places,
// or a takeover is not possible. Empty: all is well, see well_text().
std::vector<Finding> findings(const Status& s);
std::vector<Finding> findings(const WitnessStatus& s);
Level level_of(const std::vector<Finding>& sorted);

// "hdp3 serves, hdp4 is ready: a takeover now loses nothing".
std::string well_text(const Status& s);
// One line for each finding, with what to do below it; or well_text().
std::string verdict_text(const Status& s);
std::string verdict_text(const WitnessStatus& s);
// Of Nagios: "0 OK: ...", all in one line, the exit code first.
std::string check_line(const Status& s);
std::string check_line(const std::vector<WitnessStatus>& pairs);

}  // namespace hbd

#endif
