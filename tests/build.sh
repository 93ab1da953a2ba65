#!/bin/sh
# build.sh MAKE-ARG...: make with every processor; on a terminal it shows how far it is. What a compiler says is printed and
# makes it fail; what the linker says of a static libmariadb or libcrypto (see the Makefile) is left out.
cd "$(dirname "$0")/.." || exit 1
make=${MAKE:-make}
case " ${MAKEFLAGS:-}" in *jobserver*) jobs= ;; *) jobs=-j$(getconf _NPROCESSORS_ONLN) ;; esac
# Two linkers that speak at once would tear each other's lines; make 3.82 has no cure for that.
case $($make --help 2>&1) in *--output-sync*) jobs="$jobs --output-sync=target" ;; esac
total=$($make --no-print-directory -n "$@" 2>/dev/null | grep -c -- ' -o ')
[ "$total" -gt 0 ] || exec $make -s "$@"
from=$(date +%s)
[ -t 1 ] || echo "build: $total programs and objects to make"

{ $make --no-print-directory $jobs "$@" 2>&1 || echo "build.sh: make failed"; } | {
  made=0 bad=0
  while IFS= read -r line; do
    case $line in
      'build.sh: make failed') bad=1 ;;
      *' -o '*)
        made=$((made + 1))
        [ ! -t 1 ] || printf '\r\033[Kbuild: %d of %d' "$made" "$total"
        ;;
      'rm -f '* | 'ar rcs '* | *': in function '* | *'statically linked applications requires'*) ;;
      *)
        [ ! -t 1 ] || printf '\r\033[K'
        printf '%s\n' "$line"
        bad=1
        ;;
    esac
  done
  [ ! -t 1 ] || printf '\r\033[K'
  [ "$bad" = 0 ] && echo "build: done, $(($(date +%s) - from)) s"
}
