#!/bin/sh
# mutate.sh [NAME...]: breaks one line of the core at a time, as
# mutations.txt says, and demands that the walk named there goes red.
# Run from the top of the tree. A text that is not found exactly once, or a
# walk that stays green, is an error; so is what does not compile: a header is
# not broken here, break who includes it.
set -eu
list=tests/sim/mutations.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
make -s build/sim/sources
mkdir -p "$work/tree" "$work/base"
: "${CXX:=g++}"
flags="-std=c++11 -D__STDC_FORMAT_MACROS -O0 -I."

# The tree unbroken, once: only the files that a mutation touches are built
# again.
cp -R hbd lib promote vipctl tests "$work/tree/"
cd "$work/tree"
sources=$(cat "$OLDPWD/build/sim/sources")
jobs=0
for f in $sources; do
  $CXX $flags -c -o "$work/base/$(echo "$f" | tr / _).o" "$f" &
  jobs=$((jobs + 1))
  if [ $((jobs % 2)) -eq 0 ]; then wait; fi
done
wait
cd "$OLDPWD"

names=$(sed -n 's/^\([a-z][a-z-]*\) *|.*/\1/p' "$list" | uniq)

# mutate NAME DIR: in the tree of DIR, which is whole again afterwards.
mutate() {
  name=$1 dir=$2 walks=
  : >"$dir/touched"
  grep "^$name |" "$list" >"$dir/lines"
  while IFS= read -r line; do
    file=$(echo "$line" | awk -F ' [|] ' '{ print $2 }')
    # A second line of one name finds the file as the first one left it.
    grep -qx "$file" "$dir/touched" || cp "$file" "$dir/tree/$file"
    grep -qx "$file" "$dir/touched" || echo "$file" >>"$dir/touched"
    LINE=$line awk '
      BEGIN { split(ENVIRON["LINE"], part, " [|] "); old = part[3] }
      {
        at = index($0, old)
        if (at == 0) { print; next }
        ++found
        print substr($0, 1, at - 1) part[4] substr($0, at + length(old))
      }
      END { exit found == 1 ? 0 : 1 }' "$dir/tree/$file" >"$dir/new" ||
      { echo "mutate: $name: not found exactly once in $file"; walks=; break; }
    cp "$dir/new" "$dir/tree/$file"
    walks=$(echo "$line" | awk -F ' [|] ' '{ print $5 }')
  done <"$dir/lines"
  rm -rf "$dir/obj"
  cp -R "$work/base" "$dir/obj"
  for f in $(cat "$dir/touched"); do
    [ -z "$walks" ] || (cd "$dir/tree" &&
      $CXX $flags -w -c -o "$dir/obj/$(echo "$f" | tr / _).o" "$f") || walks=
    cp "$f" "$dir/tree/$f"
  done
  [ -n "$walks" ] || return 1
  $CXX -o "$dir/sim" "$dir"/obj/*.o || return 1
  green=0
  for walk in $walks; do
    if "$dir/sim" -w "$walk" >"$dir/out" 2>&1; then
      echo "mutate: $name: walk $walk stays green"
      green=1
    else
      echo "mutate: $name: walk $walk goes red: $(tail -n 1 "$dir/out")"
    fi
  done
  return $green
}

# half K: every second name, in a tree of its own.
half() {
  mkdir "$work/$1"
  cp -R "$work/tree" "$work/$1/tree"
  turn=0 bad=0
  for name in $names; do
    case " $2 " in "  "|*" $name "*) ;; *) continue ;; esac
    turn=$((1 - turn))
    [ "$turn" -eq "$1" ] || continue
    mutate "$name" "$work/$1" || bad=$((bad + 1))
  done
  [ "$bad" -eq 0 ]
}
half 0 "$*" & other=$!
ok=0
half 1 "$*" || ok=1
wait "$other" || ok=1
exit $ok
