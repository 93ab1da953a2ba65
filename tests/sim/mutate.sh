#!/bin/sh
# mutate.sh [NAME...]: breaks one line of the core at a time, as
# mutations.txt says, and demands that the walk named there goes red.
# Run from the top of the tree. A text that is not found exactly once, or a
# walk that stays green, is an error.
set -eu
list=tests/sim/mutations.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
make -s build/sim/sources
mkdir -p "$work/tree" "$work/base"
: "${CXX:=g++}"
flags="-std=c++11 -O1 -I."

# The tree unbroken, once: only the files that a mutation touches are built
# again.
cp -R hbd lib vipctl tests "$work/tree/"
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

bad=0
names=$(sed -n 's/^\([a-z][a-z-]*\) *|.*/\1/p' "$list" | uniq)
for name in $names; do
  case " $* " in "  "|*" $name "*) ;; *) continue ;; esac
  : >"$work/touched"
  grep "^$name |" "$list" >"$work/lines"
  while IFS= read -r line; do
    file=$(echo "$line" | awk -F ' [|] ' '{ print $2 }')
    # A second line of one name finds the file as the first one left it.
    grep -qx "$file" "$work/touched" || cp "$file" "$work/tree/$file"
    grep -qx "$file" "$work/touched" || echo "$file" >>"$work/touched"
    LINE=$line awk '
      BEGIN { split(ENVIRON["LINE"], part, " [|] "); old = part[3] }
      {
        at = index($0, old)
        if (at == 0) { print; next }
        ++found
        print substr($0, 1, at - 1) part[4] substr($0, at + length(old))
      }
      END { exit found == 1 ? 0 : 1 }' "$work/tree/$file" >"$work/new" ||
      { echo "mutate: $name: not found exactly once in $file"; walks=; break; }
    cp "$work/new" "$work/tree/$file"
    walks=$(echo "$line" | awk -F ' [|] ' '{ print $5 }')
  done <"$work/lines"
  files=$(cat "$work/touched")
  if [ -z "$walks" ]; then
    bad=$((bad + 1))
    for f in $files; do cp "$f" "$work/tree/$f"; done
    continue
  fi
  rm -rf "$work/obj"
  cp -R "$work/base" "$work/obj"
  for f in $files; do
    (cd "$work/tree" &&
      $CXX $flags -w -c -o "$work/obj/$(echo "$f" | tr / _).o" "$f")
  done
  $CXX -o "$work/sim" "$work"/obj/*.o
  for f in $files; do cp "$f" "$work/tree/$f"; done
  for walk in $walks; do
    if "$work/sim" -w "$walk" >"$work/out" 2>&1; then
      echo "mutate: $name: walk $walk stays green"
      bad=$((bad + 1))
    else
      echo "mutate: $name: walk $walk goes red: $(tail -n 1 "$work/out")"
    fi
  done
done
[ "$bad" -eq 0 ]
