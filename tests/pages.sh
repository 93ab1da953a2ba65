#!/bin/sh
# Man pages: mandoc is silent; every page is installed, every page and heading that another names exists; the hook in
# hbd-hooks(7) does what it says.
cd "$(dirname "$0")/.." || exit 1
bad=0
report() { [ -z "$2" ] || { echo "pages: $1"; echo "$2"; bad=1; }; }

report 'mandoc has something to say' "$(mandoc -T lint -W warning man/*.[1-9] 2>&1)"

# Pages of the system that ours may name; all else is in man/.
SYSTEM=' ip.8 '
listed=$(sed -e ':a' -e '/\\$/N; s/\\\n//; ta' Makefile | sed -n 's/^PAGES_[578] = //p' | tr -s ' ' '\n' | sort)
there=$(cd man && ls | sort)
[ "$listed" = "$there" ] || report 'PAGES_5, _7, _8 of the Makefile are not what is in man/' "  $(
  printf '%s\n' "$listed" "$there" | sort | uniq -u | tr '\n' ' ')"
for page in man/*; do
  lost=$(sed -n 's/.*[. ]Xr \([^ ]*\) \([0-9]\).*/\1.\2/p' "$page" | sort -u | while read -r to; do
    case $SYSTEM in *" $to "*) continue ;; esac
    [ -e "man/$to" ] || echo "  $to"
  done
  # Ours, named in passing.
  grep -oE '\b(hbd|hbctl|vipctl|splitfwd|promote|rejoin|mysqlchk|tandem[a-z-]*|hbd-hooks)\([0-9]\)' "$page" |
    tr '()' '. ' | while read -r to; do [ -e "man/$to" ] || echo "  $to"; done
  # A .Sx leads to a heading of the same page.
  sed -n 's/^.*\.Sx //p; s/.* Sx //p' "$page" | sed 's/ [.,:;)]*$//' | sort -u | while read -r to; do
    grep -qE "^\.S[hs] $to\$" "$page" || echo "  .Sx $to"; done)
  report "$page names what is not there" "$lost"
done

# What a page says and a test shows: see facts.txt.
while IFS= read -r line; do
  case $line in '#'*) continue ;; esac
  page=$(echo "$line" | awk -F ' [|] ' '{print $1}') words=$(echo "$line" | awk -F ' [|] ' '{print $2}')
  test=$(echo "$line" | awk -F ' [|] ' '{print $3}') name=$(echo "$line" | awk -F ' [|] ' '{print $4}')
  tr '\n' ' ' <"man/$page" | grep -qF "$words" || report "facts: man/$page no longer says" "  $words"
  grep -q "cmocka_unit_test($name)\|^ *$name)" "tests/unit/$test.cc" || report "facts: tests/unit/$test.cc lacks" "  $name"
done <tests/facts.txt

# tandem-faults(7) is the table of promote/faults.cc.
items=$(tr '\n' ' ' <man/tandem-faults.7)
faults=$(sed -n 's/^    {"\([a-z-]*\)", \(k[A-Z][A-Za-z]*\), \(k[A-Z][A-Za-z]*\),.*/\1 \2 \3/p' promote/faults.cc | while read -r name pairing takeover; do
  stops=nothing
  [ "$takeover" = kNo ] || stops='a takeover'
  [ "$pairing" = kNo ] || stops=pairing
  [ "$pairing $takeover" != 'kPairing kTakeover' ] || stops='pairing and takeover'
  item=$(echo "$items" | sed "s/.* [.]It $name \(.*\)/\1/; s/ [.]It .*//")
  echo "$item" | grep -qF "; stops $stops. " || echo "  $name"
done)
report 'tandem-faults(7) and promote/faults.cc' "$faults"

# The example, with a mount that binds: started and stopped twice, asked in between. Root only, in a name space of its own.
hook_example() {
  dir=$(mktemp -d) || return 1
  mkdir "$dir/dev" "$dir/srv" "$dir/bin"
  sed -n '/^#!\/bin\/sh$/,/^\.Ed/p' man/hbd-hooks.7 | sed '$d' >"$dir/volume"
  printf '#!/bin/sh\nexec /bin/mount --bind "$@"\n' >"$dir/bin/mount"
  chmod +x "$dir/volume" "$dir/bin/mount"
  PATH="$dir/bin:/sbin:/bin:/usr/sbin:/usr/bin" unshare -m sh -c 'cd / && exec </dev/null
    for verb in status start start status stop stop status nonsense; do
      "$0/volume" "$0/dev" "$0/srv" $verb >/dev/null 2>&1; printf "%s " $?
    done' "$dir"
  rm -rf "$dir"
}
if [ "$(id -u)" = 0 ]; then
  got=$(hook_example)
  [ "$got" = '3 0 0 0 0 0 3 2 ' ] || report 'hbd-hooks: the example does not do what it says' "  exit codes: $got"
fi
exit $bad
