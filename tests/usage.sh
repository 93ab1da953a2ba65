#!/bin/sh
# What each program prints for -h is the SYNOPSIS of its page.
cd "$(dirname "$0")/.." || exit 1
bad=0

# synopsis PAGE: its SYNOPSIS as plain text, white space folded. usage TOOL: what -h prints, likewise.
fold() { tr -s ' \n\t' '   ' | sed 's/^ //; s/ $//'; }
synopsis() { mandoc -T ascii "man/$1.8" | col -b | sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | sed '1d;$d' | fold; }
usage() { "$1" -h | sed 's/^usage: *//' | fold; }
for t in hbd/hbd hbd/hbctl vipctl/vipctl splitfwd/splitfwd promote/promote promote/rejoin promote/mysqlchk; do
  name=${t##*/}
  want=$(synopsis "$name")
  got=$(usage "$t")
  [ "$want" = "$got" ] || { printf 'usage: %s: not the synopsis\n  usage:    %s\n  synopsis: %s\n' "$name" "$got" "$want"; bad=1; }
done
exit $bad
