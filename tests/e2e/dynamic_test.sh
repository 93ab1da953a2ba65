#!/bin/bash
# make LINK=dynamic, for where static archives are missing: the tools are linked, are dynamic, and run.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
env_trap
E2E_DIR=$(mktemp -d "${TMPDIR:-/tmp}/td-XXXXXX") || exit 1
TOOLS='hbctl hbd mysqlchk promote rejoin splitfwd vipctl'
# Objects are the same for both; only the links are made again, in a copy.
mkdir -p "$E2E_DIR/tests" && cp -a Makefile lib hbd vipctl splitfwd promote "$E2E_DIR/" && : >"$E2E_DIR/tests/tests.mk"
cd "$E2E_DIR" && rm -f */hbd */hbctl */vipctl */splitfwd */promote */rejoin */mysqlchk
check 'make LINK=dynamic' make -s LINK=dynamic all
for t in $TOOLS; do
  check "$t is dynamic" eval "readelf -lW ./*/$t | grep -q INTERP"
  check "$t runs" eval "./*/$t -V | grep -q '^$t '"
done
cd / && e2e_done
