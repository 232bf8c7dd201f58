#!/bin/sh
# The stand-in of a boot loader: boot-root.sh DEVICE COMMAND… chooses which of the two roots of a device is booted, and
# runs COMMAND, a line of systemd-nspawn, with it. A root is the emulator's own root file system, which --directory names,
# and over it what an update has put into DEVICE/roots/NAME.
#
# As u-boot does with its boot counter: a root on trial that did not come up three times is given up for the other one.
device=$1
shift
environment=$device/boot/resinOS_uEnv.txt
counter=$device/boot/bootcount.env
attempts=3

part=$(sed -n 's/^resin_root_part=//p' "$environment" 2>/dev/null)
active=rootA inactive=rootB
[ "$part" != 3 ] || active=rootB inactive=rootA

if [ -e "$device/state/rollback-altboot-breadcrumb" ]; then
  count=$(($(cat "$counter" 2>/dev/null || echo 0) + 1))
  echo "$count" >"$counter"
  [ "$count" -le "$attempts" ] || {
    echo "boot loader: $active did not come up $attempts times, booting $inactive"
    other=$active active=$inactive inactive=$other
  }
  # Neither of them comes up.
  [ "$count" -le $((attempts * 2)) ] || rm -f "$device/state/rollback-altboot-breadcrumb"
fi

mkdir -p "$device/roots/rootA" "$device/roots/rootB"
layer=$device/roots/$active
escaped() { printf %s "$1" | sed 's/[\\:]/\\&/g'; }
set -- "$@" "--bind-ro=$(escaped "$layer"):/mnt/sysroot/active" \
  "--bind=$(escaped "$device/roots/$inactive"):/mnt/sysroot/inactive"

if [ ! -e "$layer/usr/lib/os-release" ]; then
  cat "$device/os-release.own" >"$device/os-release"
  exec "$@"
fi
cat "$layer/usr/lib/os-release" >"$device/os-release"
for argument; do
  case "$argument" in --directory=*) rootfs=${argument#--directory=} ;; esac
done
# In a mount namespace of its own: the mount goes with the device, however that ends.
mkdir -p "$device/root"
exec unshare --mount -- /bin/sh -c '
  lower=$1 root=$2
  shift 2
  mount -t overlay overlay -o "ro,lowerdir=$lower" "$root" && exec "$@" "--directory=$root"
' sh "$(escaped "$layer"):$(escaped "$rootfs")" "$device/root" "$@"
