#!/bin/bash
# splitfwd_many_test.sh under the thread sanitizer, with fewer sessions: no data race. Run as root.
set -u
here=$(cd "$(dirname "$0")" && pwd)
D=$(mktemp -d "${TMPDIR:-/tmp}/splitfwd-tsan-XXXXXX") || exit 1
# Where the loader has it put things, the sanitizer may not find its shadow: no random addresses.
fixed=$(setarch -R true 2>/dev/null && echo 'setarch -R')
TSAN_OPTIONS="log_path=$D/report exitcode=0 atexit_sleep_ms=0" CROWD=200 CUT_MS=2000 SPLITFWD=$here/../../build/e2e/splitfwd_tsan \
  $fixed "$here/splitfwd_many_test.sh" >"$D/out" 2>&1
failed=$?
grep '^NOT OK' "$D/out"
passed=$(grep -c '^ok' "$D/out")
set -- "$D"/report*
if [ -e "$1" ]; then
  cat "$@"
  echo 'NOT OK - the thread sanitizer has something to say'
  failed=1
else
  echo 'ok - the thread sanitizer has nothing to say'
  passed=$((passed + 1))
fi
[ "$failed" -eq 0 ] && rm -rf "$D"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
