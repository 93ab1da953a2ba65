#!/bin/sh
# campaign.sh [-eu] [-j JOBS] [-n SEEDS] [-w WIDE] [-f LIST] [LINE|TEXT]...
# Would anybody notice? Breaks one thing of the core at a time, as LIST
# (tests/sim/mutants.txt) says, and shows it to the unit tests of the core, the
# kept seeds, the walks, SEEDS others and WIDE wide ones, until one of them goes
# red. With LINEs of the list, or TEXTs in them: only those. Run from the top
# of the tree. All of them take one core an hour or two.
#
# -e: what is called equivalent is shown as well; then red is an error.
# -u: to the unit tests only, in half an hour.
# Exit 0: no line is broken (not found exactly once, does not compile) and at
# most 5 % of the rest survive.
set -eu
list=tests/sim/mutants.txt seeds=2000 wide=300 jobs=1 all=0 units_only=0
while getopts ef:j:n:uw: option; do
  case $option in
    e) all=1 ;;
    f) list=$OPTARG ;;
    j) jobs=$OPTARG ;;
    n) seeds=$OPTARG ;;
    u) units_only=1 ;;
    w) wide=$OPTARG ;;
    *) sed -n '2s/^# /usage: /p' "$0" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
make -s build/sim/sources build/sim/units
sources=$(cat build/sim/sources) units=$(cat build/sim/units)
tests=
for t in $units; do tests="$tests tests/unit/$t.cc"; done
: "${CXX:=g++}"
flags="-std=c++11 -D__STDC_FORMAT_MACROS -O1 -w -fPIC -I."
export SIM_BRIEF=1 SIM_FIRST=1
ulimit -c 0
ulimit -v 4000000

say() { printf '%s\n' "$*"; }
object() { say "$1" | tr / _; }

# build DIR FILE...: their objects, from the tree of DIR.
build() {
  dir=$1
  shift
  for f in "$@"; do
    (cd "$dir/tree" && $CXX $flags -MMD -c \
      -o "$dir/obj/$(object "$f").o" "$f") 2>"$dir/errors" || return 1
  done
}

# link DIR: the core, which the programs find beside them.
link() {
  core=
  for f in $sources; do
    case $f in
      tests/*|vipctl/*) ;;
      *) core="$core $1/obj/$(object "$f").o" ;;
    esac
  done
  $CXX -shared -o "$1/libcore.so" $core
}

# programs DIR: the unit tests and the simulator.
programs() {
  sim=
  for f in $sources; do
    case $f in tests/*|vipctl/*) sim="$sim $1/obj/$(object "$f").o" ;; esac
  done
  $CXX -o "$1/sim" $sim -L"$1" -lcore || return 1
  for t in $units; do
    $CXX -o "$1/$t" "$1/obj/tests_unit_$t.cc.o" -L"$1" -lcore -lcmocka ||
      return 1
  done
}

# try DIR PROGRAM ARG...: green? What it said is in DIR/said. Who hangs is red.
try() {
  said=$1/said program=$1/$2 libraries=$1
  shift 2
  LD_LIBRARY_PATH=$libraries timeout 120 "$program" "$@" >"$said" 2>&1
}

# seeds DIR FIRST COUNT [-W]: green?
seeds() {
  try "$1" sim $4 -j 1 -s "$2" -n "$3" && return
  echo "seed${4:+ $4} $(sed -n '/^SEED=/{s///p;q;}' "$1/said")"
  return 1
}

# verdict DIR: who goes red first; nothing when all stays green.
verdict() {
  for t in $units; do
    try "$1" "$t" || {
      awk -v t="$t" '
        /^\[ RUN / { name = $NF }
        /^\[  FAILED  \]/ { exit }
        END { print t, name }' "$1/said"
      return
    }
  done
  [ "$units_only" = 0 ] || return 0
  try "$1" sim -f tests/sim/seeds.txt ||
    { echo "kept $(sed -n '/^SEED=/{s///p;q;}' "$1/said")"; return; }
  few=100
  [ "$seeds" -ge "$few" ] || few=$seeds
  seeds "$1" 1 "$few" "" || return 0
  try "$1" sim -w all ||
    { echo "walk $(sed -n 's/^walk \(.*\) variant .*FAILED$/\1/p' "$1/said")"
      return; }
  [ "$wide" = 0 ] || seeds "$1" 1 "$wide" -W || return 0
  [ "$seeds" -le "$few" ] ||
    seeds "$1" $((few + 1)) $((seeds - few)) "" || return 0
}

# break_it DIR: the line in LINE (see mutants.txt), applied to DIR's tree. A
# space stands for any white space. Prints the file.
break_it() {
  file=$(LINE=$LINE awk 'BEGIN {
    n = split(ENVIRON["LINE"], part, " [|] ")
    if (n >= 3 && part[2] != part[3]) print part[1]
  }')
  [ -n "$file" ] && [ -e "$file" ] || return 1
  LINE=$LINE awk '
    BEGIN {
      RS = "\001"
      split(ENVIRON["LINE"], part, " [|] ")
      old = part[2]
      gsub(/[^ A-Za-z0-9_]/, "[&]", old)
      gsub(/\[\^\]/, "\\^", old)
      gsub(/\[\\\]/, "\\\\", old)
      gsub(/ +/, "[ \n]+", old)
    }
    {
      found = match($0, old)
      head = substr($0, 1, RSTART - 1)
      tail = substr($0, RSTART + RLENGTH)
      printf "%s%s%s", head, part[3], tail
    }
    END { exit found && !match(tail, old) ? 0 : 1 }' \
    "$file" >"$1/new" || return 1
  cp "$1/new" "$1/tree/$file"
  say "$file"
}

# mutant DIR NUMBER LINE: prints what became of it.
mutant() {
  LINE=$3
  note=$(say "$LINE" | awk -F ' [|] ' '{ print $4 }')
  file=$(break_it "$1") ||
    { say "$2 BROKEN, not found exactly once: $LINE"; return; }
  touched=
  for f in $sources $tests; do
    ! grep -qE " $file( |$)" "$work/base/obj/$(object "$f").d" ||
      touched="$touched $f"
  done
  ok=1
  build "$1" $touched && link "$1" || ok=0
  # A header is in the programs as well.
  case $ok$touched in 1*tests/*) programs "$1" || ok=0 ;; esac
  if [ "$ok" = 0 ]; then
    say "$2 BROKEN, does not compile: $LINE: $(grep -m 1 error "$1/errors")"
  elif [ -n "$note" ] && [ "$all" = 0 ]; then
    say "$2 equivalent: $LINE"
  else
    by=$(verdict "$1")
    case ${by:+red}$note in
      redequivalent*) say "$2 BROKEN, $by tells it apart: $LINE" ;;
      equivalent*) say "$2 equivalent: $LINE" ;;
      red*) say "$2 killed by $by: $LINE" ;;
      *) say "$2 SURVIVED: $LINE" ;;
    esac
  fi
  cp "$file" "$1/tree/$file"
  for f in $touched; do
    cp "$work/base/obj/$(object "$f")".[do] "$1/obj/"
  done
  case $touched in
    *tests/*) for t in sim $units; do cp "$work/base/$t" "$1/"; done ;;
  esac
}

# wanted NUMBER LINE ARG...
wanted() {
  at=$1 text=$2
  shift 2
  [ $# -gt 0 ] || return 0
  for w in "$@"; do
    [ "$w" != "$at" ] || return 0
    case $w in *[!0-9]*) case $text in *"$w"*) return 0 ;; esac ;; esac
  done
  return 1
}

# worker K ARG...: every JOBSth mutant, in a tree of its own.
worker() {
  k=$1 number=0 turn=0
  shift
  cp -R "$work/base" "$work/$k"
  while IFS= read -r line; do
    number=$((number + 1))
    case $line in ''|'#'*) continue ;; esac
    wanted "$number" "$line" "$@" || continue
    turn=$((turn + 1))
    [ $((turn % jobs)) -ne "$k" ] || mutant "$work/$k" "$number" "$line"
  done <"$list"
}

mkdir -p "$work/base/tree" "$work/base/obj"
cp -R hbd lib promote vipctl tests "$work/base/tree/"
build "$work/base" $sources $tests || { cat "$work/base/errors"; exit 1; }
link "$work/base"
programs "$work/base"
by=$(verdict "$work/base")
[ -z "$by" ] || { echo "campaign: red without a mutant: $by"; exit 1; }

{
  k=0
  while [ "$k" -lt "$jobs" ]; do
    worker "$k" "$@" &
    k=$((k + 1))
  done
  wait
} | tee "$work/results"

awk '
  { ++n }
  $2 == "BROKEN," { ++broken }
  $2 == "equivalent:" { ++equivalent }
  $2 == "SURVIVED:" { ++survivors }
  $2 == "killed" { ++killed; ++by[$4 ~ /_test$/ ? "unit tests" : $4 "s"] }
  END {
    printf "campaign: %d mutants: %d killed (", n, killed
    for (what in by) printf "%s%d by %s", (some++ ? ", " : ""), by[what], what
    rest = n - equivalent - broken
    share = rest ? 100 * survivors / rest : 0
    printf "), %d equivalent, %d survived (%.1f %%), %d broken lines\n",
      equivalent, survivors, share, broken
    exit broken || share > 5 || !n
  }' "$work/results"
