// Ten stories of a pair, told so that a person can read what hbd does and in
// which order: tests/sim/transcripts. Golden: check compares them.
#ifndef TANDEM_TESTS_SIM_STORIES_H
#define TANDEM_TESTS_SIM_STORIES_H

#include <stddef.h>

namespace sim {

class World;

struct Story {
  const char* name;
  const char* about;       // a paragraph
  void (*tell)(World* w);  // expects what has to come out of it
};

extern const Story kStories[];
extern const size_t kStoryCount;

// On stdout. False: it did not end as it has to.
bool tell_story(const Story& story);

}  // namespace sim

#endif
