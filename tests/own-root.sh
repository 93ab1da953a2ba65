#!/bin/sh
# own-root.sh CMD [ARG...]: runs CMD where hosts can be made of namespaces, or says in one line what is missing for that.
# A bare chroot lacks what a machine has mounted: a root that is a mount point, /proc, /sys, /dev/shm. There CMD gets them in a
# mount namespace of its own; elsewhere it is simply run.
say() { echo "${0##*/}: $*" >&2; }

[ "$(id -u)" = 0 ] || { say 'run as root: the hosts are network namespaces'; exit 4; }
why=$(unshare -n -m --propagation unchanged true 2>&1) || {
  say "namespaces may not be made here (${why#unshare: }): CAP_SYS_ADMIN is missing; a container needs --privileged"
  exit 4
}
if [ -d /proc/self ] && [ -d /sys/class/net ] && [ -d /dev/shm ] && mountpoint -q /; then exec "$@"; fi

[ -z "${KEEP:-}" ] || { say 'KEEP=1 in a bare chroot: mount --bind its directory on itself, /proc and /sys in it, then enter'; exit 1; }
[ -d /mnt ] || { say '/mnt is missing: a root is bound there'; exit 1; }
# Outside, only /mnt and /proc themselves may be seen, and they are taken off again: what else is mounted is in an inner
# namespace, whose root is a mount point and private.
exec unshare -m --propagation unchanged sh -c '
  trap : INT TERM HUP
  [ -d /proc/self ] || mount -t proc proc /proc || exit
  mount --rbind / /mnt || exit
  chroot /mnt unshare -m sh -c "
    [ -d /sys/class/net ] || mount -t sysfs sysfs /sys || exit
    [ -d /dev/shm ] || { mkdir /dev/shm && mount -t tmpfs -o mode=1777 tmpfs /dev/shm; } || exit
    cd \"\$0\" && exec \"\$@\"" "$PWD" "$@"
  status=$?
  umount -l /mnt
  exit $status' sh "$@"
