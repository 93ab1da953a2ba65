#!/bin/bash
# The statistics page in a browser: what it shows, and that it can be seen on a desk and in a hand. The pictures are left
# in build/page-*.png, to be looked at. See splitfwd.sh; needs Chromium (deps.sh browser).
set -u
. "$(dirname "$0")/splitfwd.sh"

BROWSER=$(command -v chromium || command -v chromium-browser) || { echo 'no chromium: sh tests/deps.sh browser' >&2; exit 1; }
# browse USER:PASSWORD ARG...: the page of that user.
browse() {
  timeout 60 "$BROWSER" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --user-data-dir="$D/browser" \
    "${@:2}" "http://$1@127.0.0.1:8888/s" 2>"$D/browser.log"
}
ctl() { printf '%s\n' "$1" | timeout 5 socat -t 5 - "UNIX-CONNECT:$D/run/f.sock"; }
stat() { ctl 'show stat' | csv_at "$@"; }
shows() { [ "$(stat "${@:2}")" = "$1" ]; }

(umask 077; echo a:b >"$D/auth")
cat >>"$D/f.ini" <<CONF
[server t]
address = 127.0.0.131:3306
check = tcp
inter = 50ms
[server gone]
address = 127.0.0.132:3306
check = tcp
inter = 50ms
[server spare]
address = 127.0.0.131:3306
check = tcp
backup = yes
[listen many]
bind = *:3320
servers = t gone spare 126
[stats]
bind = 127.0.0.1:8888
uri = /s
auth = $D/auth
CONF
"$E" serve 127.0.0.131:3306 t >>"$D/t.log" 2>&1 &
"$F" -F -c "$D/f.ini" 2>"$D/log" &
state '126 up role=primary;127 up role=replica lag=4'
waituntil 5 logged 'Server gone is DOWN' && waituntil 5 shows UP many spare status || exit 1
exec 5<>/dev/tcp/127.0.0.1/3307 6<>/dev/tcp/127.0.0.1/3308
"$E" bulk 127.0.0.1:3308 3000000 >/dev/null
ctl 'set server read/126 state drain;disable server few/127' >/dev/null

browse a:b --dump-dom >"$D/page.html"
# row LISTENER NAME: class, state, role and check of that row, as the browser has it.
row() {
  python3 - "$D/page.html" "$@" <<'PY'
import re, sys
page, listen, name = open(sys.argv[1]).read(), sys.argv[2], sys.argv[3]
part = re.search(r'<h2>%s: .*?</table>' % listen, page, re.S).group(0)
for css, cells in re.findall(r'<tr class="(\w+)">(.*?)</tr>', part, re.S):
    cell = dict(re.findall(r'<td class="[^"]*" data-l="([^"]*)">([^<]*)</td>', cells))
    if cell['Name'] == name:
        print(css, '|', cell['State'], '|', cell['Role'], '|', cell['Check'].split(' ')[0])
PY
}
check 'a primary' "$(row write 126)" 'up | UP | primary | PROCOK'
check 'a replica that gets no writes' "$(row write 127)" 'nolb | NOLB, not the primary | replica | PROCOK'
check 'a server that is drained' "$(row read 126)" 'nolb | DRAIN | primary | PROCOK'
check 'one in maintenance' "$(row few 127)" 'mt | MAINT | replica | PROCOK'
check 'one that is down' "$(row many gone)" 'dn | DOWN | - | L4CON'
check 'a backup' "$(row many spare)" 'bu | UP | - | L4OK'
check 'a listener' "$(row write FRONTEND) $(row write BACKEND)" 'own | OPEN |  |  own | UP |  | '
check 'a listener each' "$(grep -o '<h2>[^<]*' "$D/page.html" | tr '\n' ' ')" \
  '<h2>read: roundrobin <h2>write: to the primary <h2>quick: to the primary <h2>few: roundrobin <h2>many: roundrobin '
check 'no password, no page' "$(browse x:y --dump-dom | grep -c '<h2>')" 0

mkdir -p "$root/build"
for size in 1280,1500 390,1600; do
  browse a:b --window-size=$size --screenshot="$root/build/page-${size%,*}.png" >/dev/null
  check "a picture ${size%,*} wide" "$(od -An -tu4 --endian=big -j16 -N8 "$root/build/page-${size%,*}.png" | tr -s ' ' ,)" ",$size"
done
exec 5>&- 6>&-
fwd_done
