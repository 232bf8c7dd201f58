#!/bin/sh
# Keeps one device running: supervise.sh GROUPS COMMAND…
# GROUPS are the device's own cgroup directories, separated by colons, one a hierarchy. COMMAND runs in GROUP/device and
# is started again when it exits with 133, which is how systemd-nspawn says that the device wants to reboot.
# SIGTERM is passed on to COMMAND: systemd-nspawn then shuts the device down.
# While TRIAL (a file, in the environment) exists, an update of the OS is on trial: a COMMAND that fails is started again, as
# a watchdog does, and the boot loader's stand-in counts.
groups=$(printf %s "$1" | tr : ' ')
shift

# Version 1 cpusets begin empty, and take no process while they are.
fill_cpuset() {
  for file in cpuset.cpus cpuset.mems; do
    [ ! -e "$1/$file" ] || [ -e "$1/cgroup.controllers" ] || cat "${1%/*}/$file" >"$1/$file"
  done
}

# Version 2 hands controllers down one level at a time; the machine decides which there are.
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

# Kills the processes that a COMMAND which was killed may leave behind: those in the device's groups, and no other. The
# kernel itself kills what is in a group of version 2 (since 5.14).
sweep() {
  for group in $groups; do
    [ ! -e "$group/device/cgroup.kill" ] || echo 1 >"$group/device/cgroup.kill" 2>/dev/null
  done
  for group in $groups; do
    find "$group/device" -name cgroup.procs -exec cat {} + 2>/dev/null
  done | sort -u | while read -r pid; do
    # A number read a moment ago may be another process by now.
    grep -q "/${groups##*/}/device" "/proc/$pid/cgroup" 2>/dev/null && kill -KILL "$pid" 2>/dev/null
  done
}

child=
is_told=
is_ending=
trap 'is_told=yes is_ending=yes; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM
enter supervisor
while :; do
  (enter device && exec "$@") &
  child=$!
  status=127
  # A signal interrupts `wait`. Once the child was waited for, its number is not its own any more.
  while :; do
    is_told=
    wait "$child"
    code=$?
    [ "$code" -eq 127 ] || status=$code
    [ -n "$is_told" ] && [ "$code" -ne 127 ] || break
  done
  child=
  sweep
  echo "the device ended with status $status"
  [ "$status" -ne 133 ] || continue
  [ "$status" -ne 0 ] && [ -z "$is_ending" ] && [ -n "$TRIAL" ] && [ -e "$TRIAL" ] || exit "$status"
  echo "an update is on trial: the device boots again"
done
