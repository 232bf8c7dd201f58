#!/bin/sh
# Switches line $LINE of the first GPIO chip on and off.
gpio=/sys/class/gpio

# Newer kernels do not begin to count at 0.
base=$(cat $gpio/gpiochip*/base 2>/dev/null | sort -n | head -n 1)

if [ -z "$base" ]; then
  echo "this board has no GPIO: blinking here instead"
  switch() { if [ "$1" = 1 ]; then echo on; else echo off; fi; }
else
  number=$((base + LINE))
  led=$gpio/gpio$number
  [ -e "$led" ] || echo "$number" >$gpio/export || exit
  echo out >"$led/direction"
  echo "blinking line $LINE"
  switch() { echo "$1" >"$led/value"; }
fi

# Off at the end, not as chance has it.
trap 'switch 0; exit 0' TERM INT

while :; do
  switch 1
  sleep "$SECONDS_ON"
  switch 0
  sleep "$SECONDS_OFF"
done
