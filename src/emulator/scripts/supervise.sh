#!/bin/sh
# Keeps one device running: supervise.sh GROUPS COMMAND…
# GROUPS are the device's own cgroup directories, separated by colons, one a hierarchy. COMMAND runs in GROUP/device and
# is started again when it exits with 133, which is how systemd-nspawn says that the device wants to reboot.
# SIGTERM is passed on to COMMAND: systemd-nspawn then shuts the device down.
groups=$(printf %s "$1" | tr : ' ')
shift

# Version 1 cpusets begin empty, and take no process while they are.
fill_cpuset() {
  for file in cpuset.cpus cpuset.mems; do
    [ ! -e "$1/$file" ] || [ -e "$1/cgroup.controllers" ] || cat "${1%/*}/$file" >"$1/$file"
  done
}

# Version 2 hands controllers down one level at a time; which there are is the machine's affair.
hand_down() {
  [ -e "$1/cgroup.controllers" ] || return 0
  for controller in $(cat "$1/cgroup.controllers"); do
    echo "+$controller" >"$1/cgroup.subtree_control" 2>/dev/null
  done
}

enter() {
  for group in $groups; do
    mkdir -p "$group/$1"
    fill_cpuset "$group"
    hand_down "$group"
    fill_cpuset "$group/$1"
    echo 0 >"$group/$1/cgroup.procs"
  done
}

# A COMMAND that was killed may leave the device's processes behind.
sweep() {
  for group in $groups; do
    find "$group/device" -name cgroup.procs -exec cat {} + 2>/dev/null
  done | sort -u | while read -r pid; do kill -KILL "$pid" 2>/dev/null; done
}

child=
trap '[ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM
enter supervisor
while :; do
  (enter device && exec "$@") &
  child=$!
  wait "$child"
  status=$?
  while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    status=$?
  done
  sweep
  echo "the device ended with status $status"
  [ "$status" -eq 133 ] || exit "$status"
done
