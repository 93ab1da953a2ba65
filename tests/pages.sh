#!/bin/sh
# Man pages: mandoc is silent; each program's usage is its page's synopsis; each installed page and sample is there.
cd "$(dirname "$0")/.." || exit 1
bad=0
report() { [ -z "$2" ] || { echo "pages: $1"; echo "$2"; bad=1; }; }

report 'mandoc has something to say' "$(mandoc -T lint -W warning man/*.[1-9] 2>&1)"

# synopsis PAGE: its SYNOPSIS as plain text, white space folded. usage TOOL: what -h prints, likewise.
fold() { tr -s ' \n\t' '   ' | sed 's/^ //; s/ $//'; }
synopsis() { mandoc -T ascii "man/$1.8" | col -b | sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | sed '1d;$d' | fold; }
usage() { "$1" -h | sed 's/^usage: *//' | fold; }
for t in hbd/hbd hbd/hbctl vipctl/vipctl splitfwd/splitfwd promote/promote promote/rejoin promote/mysqlchk; do
  name=${t##*/}
  want=$(synopsis "$name")
  got=$(usage "$t")
  [ "$want" = "$got" ] || report "$name: usage is not the synopsis" "  usage:    $got
  synopsis: $want"
done
exit $bad
