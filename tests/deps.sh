#!/bin/sh
# What the build, the demo and the checks need, installed by apt-get or yum: only what is missing. Needs root for that.
# The tools themselves need nothing at run time.
set -eu

have_debian() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
have_rpm() { rpm -q "$1" >/dev/null 2>&1; }

if command -v apt-get >/dev/null; then
  have=have_debian
  want="g++ make libmariadb-dev libinih-dev libssl-dev zlib1g-dev libcmocka-dev libasan8 libubsan1
    mariadb-server mariadb-client iproute2 nftables mandoc strace tcpdump util-linux procps rpm systemd sysbench"
  update='apt-get update -qq'
  install='env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends'
elif command -v yum >/dev/null; then
  have=have_rpm
  want="gcc-c++ make mariadb-devel inih-devel openssl-devel zlib-devel libcmocka-devel
    mariadb-server mariadb iproute nftables mandoc strace tcpdump util-linux procps-ng rpm-build systemd sysbench"
  update=true
  install='yum install -y -q'
else
  echo 'deps: neither apt-get nor yum is here; see README.md for what is needed' >&2
  exit 5
fi

missing=
for package in $want; do
  $have "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
[ "$(id -u)" -eq 0 ] || { echo "deps: run as root to install:$missing" >&2; exit 4; }
echo "deps: installing$missing"
# A server started by its package would be in nobody's way here, but none is wanted.
policy=/usr/sbin/policy-rc.d
if [ "$have" = have_debian ] && ! [ -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy
  trap 'rm -f $policy' EXIT
fi
log=$(mktemp)
{ $update && $install $missing; } >"$log" 2>&1 || { tail -n 20 "$log" >&2; rm -f "$log"; exit 1; }
rm -f "$log"
