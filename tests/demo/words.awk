# What hbd's logs say of a switch, in plain words: 'KEY<TAB>event MS HOST TEXT' for the timeline, to be sorted by KEY. Input: log
# lines with the host after the time of day. -v zero=MS: the time of day that MS counts from; -v until=MS: the last one wanted.
function say(rank, text) {
  if (text == last[$2] && rank == 0) return
  last[$2] = text
  printf "%d%d\tevent %d %s %s\n", ms + 1000000, rank, ms, $2, text
}
function after(text, mark) { return substr(text, index(text, mark) + length(mark)) }

{
  split($1, c, "[:.]")
  ms = ((c[1] * 60 + c[2]) * 60 + c[3]) * 1000 + c[4] - zero
  if (ms < -80000000) ms += 86400000
  if (ms < 0 || ms > until) next
}
# What a node notices comes before what it does about it, in the same millisecond too: ranks 0 and 1, then the rest.
/: server is down$/ { say(0, "notices that its mysqld is gone") }
/: server is up$/ { say(0, "its mysqld answers again") }
/ is late late_ms=/ { split($0, w, "node "); split(w[2], n, " "); say(0, "has not heard " n[1] " for 0.6 s") }
/ is silent silent_ms=/ { split($0, w, "node "); split(w[2], n, " "); say(0, "has not heard " n[1] " for 2 s: takes it for dead") }
/: node [^ ]* is heard again/ { split($0, w, "node "); split(w[2], n, " "); say(0, "hears " n[1] " again") }
/owning -> stopping .*the local server is down/ { say(1, "gives way: the other node has everything that was acknowledged") }
/owning -> stopping .*(standby|operator)/ { say(1, "gives way, as it was told") }
/released by force/ { say(1, "nobody confirms it any longer: it lets go by itself") }
/alone: .* is down \(record/ { say(1, "records that it is alone: its writers stop waiting for the replica") }
/ granted to / { split(after($0, " granted to "), w, "[: ]"); say(1, "the witness lets " w[1] " have the address") }
/ is ours, grant=peer/ { say(2, "may start: the other has let go") }
/ is ours, grant=witness/ { say(2, "may start: the witness said so") }
/hook splitfwd stop: splitfwd: stopped/ { say(2, "takes its forwarder down, sessions get a reset") }
/hook promote stop: .*read-only at/ {
  split(after($0, "read-only at "), w, " ")
  say(2, "makes its server read-only" (w[2] > 0 ? "; " w[2] " waiting writes end with an error, never with OK" : ""))
}
/hook promote stop: .*: the server was killed/ { say(2, "ends its server: what nobody has acknowledged is dropped at its start") }
/hook IPaddr stop: exit 0/ { say(2, "is without the address") }
/hook IPaddr start: .* set/ { say(2, "has the address and announces it") }
/hook promote start: .*primary at/ { say(2, "its server is the primary, all that it received is applied") }
/hook splitfwd start: exit 0/ { say(2, "listens, clients wait for the primary") }
/: group [^ ]* follows / { say(2, "is a replica of " $NF ", read-only") }
/ paired \(record/ { say(2, "is paired: a write counts when both have it") }
