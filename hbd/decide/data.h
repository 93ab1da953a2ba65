// Who has every acknowledged write, by the record and by the start of its
// server that a node shows. Pure.
#ifndef TANDEM_HBD_DECIDE_DATA_H
#define TANDEM_HBD_DECIDE_DATA_H

namespace hbd {

struct Group;
struct Record;
struct View;

// The record says who has everything: the group is tracked here; or it was by
// the owner, which wrote where it started; or it may be on the peer, whose
// files are others. Else everybody has. What follows the server has no data,
// whatever was noted of it in a line that had the server by mistake.
bool goes_by_record(const View& v, const Group& g);
bool we_hold_all(const View& v, const Group& g);
bool peer_holds_all(const View& v, const Group& g);

// What a claim of ours says of our data until the start hooks have succeeded:
// sets the claimed record's owner_instance and back. forced: by an operator,
// whose word stands for it.
void describe_data(const View& v, const Group& g, bool forced, Record* claimed);

}  // namespace hbd

#endif
