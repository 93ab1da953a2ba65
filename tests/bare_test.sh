#!/bin/bash
# The README's two commands on a fresh machine: a minimal Debian below build/, made by debootstrap from this host's own mirror, with
# git, make and nothing else, entered by chroot with nothing mounted. Part of make torture; the whole takes half an hour.
# SKIP_CHECK=1: make demo only.
set -u
cd "$(dirname "$0")/.." || exit 1
ROOT=$PWD/build/bare
passed=0 failed=0
ok() { passed=$((passed + 1)); echo "ok   $1"; }
fail() { failed=$((failed + 1)); echo "FAIL $1: ${*:2}"; }
check() { if "${@:2}"; then ok "$1"; else fail "$1" "${*:2}"; fi; }
cannot() { echo "bare_test: no minimal root can be made: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || cannot 'run as root'
command -v debootstrap >/dev/null || cannot 'sh tests/deps.sh bare installs debootstrap'
. /etc/os-release
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: ${VERSION_CODENAME:-none}" | head -n 1)
[ -n "$mirror" ] || cannot "apt knows no mirror of ${VERSION_CODENAME:-this system}"
rm -rf --one-file-system "$ROOT" && mkdir -p "$ROOT"
debootstrap --variant=minbase --include=git,make,ca-certificates "$VERSION_CODENAME" "$ROOT" "$mirror" >build/bare.log 2>&1 ||
  cannot "$(tail -n 1 build/bare.log)"
! mountpoint -q "$ROOT/proc" || umount "$ROOT/proc"
git clone -q . "$ROOT/root/tandem" || cannot 'git clone fails'

# inside CMD...: in the root, in the clone, with a terminal's environment and no more; what it says is in build/bare.out.
inside() {
  chroot "$ROOT" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
    sh -c 'cd /root/tandem && exec "$@"' sh "$@" >build/bare.out 2>&1
}
left() { (cd "$ROOT" && find tmp var/tmp -mindepth 1) && findmnt -rn -o TARGET | grep "^$ROOT/"; }
nothing_left() { [ -z "$(left)" ]; }
said() { grep -q -- "$1" build/bare.out; }
says() { tail -n 30 build/bare.out; }

mv "$ROOT/etc/apt/sources.list" "$ROOT/sources.list"
echo 'deb http://mirror.invalid/debian stable main' >"$ROOT/etc/apt/sources.list"
check 'a mirror that cannot be reached: make demo fails' eval '! inside make demo'
check 'and says why the network failed' said "deps: .*mirror.invalid.*resolv"
mv "$ROOT/sources.list" "$ROOT/etc/apt/sources.list"
check 'no rights for namespaces: make demo fails' eval '! inside setpriv --bounding-set -sys_admin --inh-caps -sys_admin make demo'
check 'and says which are missing' said 'CAP_SYS_ADMIN is missing'
check 'before it installs anything' eval '! said "deps: installing"'

SECONDS=0
if inside make demo; then ok "make demo from nothing: $SECONDS s"; else fail 'make demo from nothing' "$(says)"; fi
check 'in under 3 minutes' [ "$SECONDS" -lt 180 ]
check 'it says how long the first time takes' said 'The first time .* minutes'
check 'nothing is said by the linker' eval '! said "statically linked"'
check 'nothing is installed that it does not need' \
  eval '! chroot "$ROOT" dpkg-query -W rpm sysbench tcpdump mandoc >/dev/null 2>&1'
check 'six scenes and a table' eval 'said "^6\. the old primary" && said "^   6\. the old primary"'
check 'nothing is left behind' nothing_left
if [ -z "${SKIP_CHECK:-}" ]; then
  SECONDS=0
  if inside make check; then ok "make check: $SECONDS s"; else fail "make check after $SECONDS s" "$(says)"; fi
  check 'nothing is left behind' nothing_left
fi
echo "$passed passed, $failed failed"
[ "$failed" -gt 0 ] || rm -rf --one-file-system "$ROOT"
[ "$failed" -eq 0 ]
