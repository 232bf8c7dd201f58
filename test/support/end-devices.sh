# end-devices.sh NODE OS_PROGRAM: waits until its standard input is closed, then deletes the emulated devices of
# $XDG_STATE_HOME, and that directory.
cat >/dev/null
# Again where it fails (the program may be being built at this moment): without its files nobody finds a device.
for wait in 5 20 60; do
  "$1" "$2" emulator down --all --force && break
  sleep $wait
done
rm -rf "$XDG_STATE_HOME"
