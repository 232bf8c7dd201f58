/**
 * What runs in the container: a loop of POSIX sh that takes frames on stdin and answers on stdout. It has to do with
 * what busybox has. A frame is a line `ID SCRIPT_BYTES BLOB_BYTES SHA256 SHA256`, then the script, then the blob; the
 * script runs when both have arrived whole. Answers end in NUL: `=mount TYPE PATH` for each mount, `=ready`, `=lacks WORD`,
 * `=ok ID`, `=no ID TEXT`; anything else is what the frame's script prints. A stream that loses its frame ends.
 *
 * Every program started takes a millisecond. A few files are written by dd, which writes a file at once; many by the
 * shell's own printf into a directory beside (`stage`, `into`, `put`), from which one mv a directory takes them.
 */

/** A frame's script and blob are read by one dd each, which takes as much memory. */
export const blobLimitBytes = 1024 * 1024;

/** What a file is called, beside its place, until it is whole. */
export const stagedName = '.os-live~';

export const shellLoop = `
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
unset CDPATH ENV
export LC_ALL=C
umask 022
for t in dd rm mv mkdir chmod chown ln wc readlink sha256sum tr cat; do
  command -v "$t" >/dev/null 2>&1 || { printf '=lacks %s\\0' "$t"; exit 1; }
done
printf x | dd bs=1 count=1 iflag=fullblock >/dev/null 2>&1 || { printf '=lacks dd iflag=fullblock\\0'; exit 1; }
d=
for t in /dev/shm /tmp /run /var/tmp /; do
  t="\${t%/}/.os-live-$$"
  if mkdir -m 700 "$t" 2>/dev/null; then d=$t; break; fi
done
[ -n "$d" ] || { printf '=lacks a directory to write to\\0'; exit 1; }
trap 'rm -rf "$d"' EXIT
trap 'exit 1' HUP INT PIPE TERM
b="$d/blob"
take() {
  if [ "$1" -eq 0 ]; then : >"$2"; else dd bs="$1" count=1 iflag=fullblock of="$2" 2>/dev/null; fi
}
cut_out() { if [ "$2" -eq 0 ]; then : >"$3"; else dd if="$b" of="$3" bs="$2" skip="$1" count=1 2>/dev/null; fi; }
place() {
  if [ -d "$2" ] && ! [ -L "$2" ]; then echo "$2 is a directory" >&2; return 21; fi
  mv -f -- "$1" "$2"
}
drop() {
  if [ -d "$1" ] && ! [ -L "$1" ]; then
    t="$(find "$1" -print0 2>/dev/null | tr -dc '\\000' | wc -c)"
    [ "$t" -ge 1 ] && [ "$t" -le "$2" ] || { echo "$1 holds what the sources do not: it is not removed" >&2; return 39; }
    rm -rf -- "$1"
  else rm -f -- "$1"
  fi
}
new() {
  t="\${3%/*}/${stagedName}"
  if [ -e "$t" ] || [ -L "$t" ]; then rm -rf -- "$t" || return; fi
  cut_out "$1" "$2" "$t" || return
  [ "$4" = 644 ] || chmod "$4" "$t" || return
  place "$t" "$3"
}
over() {
  if ! [ -f "$3" ] || [ -L "$3" ]; then new "$1" "$2" "$3" 644; return; fi
  if [ "$2" -eq 0 ]; then : >"$3"; return; fi
  dd if="$b" of="$3" bs="$2" skip="$1" count=1 conv=notrunc 2>/dev/null || { new "$1" "$2" "$3" 644; return; }
  [ "$(wc -c <"$3")" -le "$2" ] || dd if=/dev/null of="$3" bs="$2" seek=1 count=0 2>/dev/null
}
inside() {
  p=\${1%/}
  while [ "$p" != "\${2%/}" ] && [ -n "$p" ]; do
    if [ -L "$p" ]; then echo "$p is a symbolic link in the container" >&2; return 40; fi
    p=\${p%/*}
  done
}
stage() {
  s="\${1%/}/${stagedName}$$"
  shift
  if [ -e "$s" ]; then rm -rf -- "$s" || return; fi
  trap 'rm -rf -- "$s"' EXIT
  for k; do set -- "$@" "$s/$k"; shift; done
  mkdir -p -- "$@"
}
into() { k="$s/$1" D=\${2%/} how=$3; }
put() {
  if [ "$how" = over ] && [ -f "$D/$1" ] && ! [ -L "$D/$1" ]; then
    { printf %b "$2" >"$D/$1"; } 2>/dev/null && return
  fi
  printf %b "$2" >"$k/$1"
}
commit() {
  for g in '*' '.[!.]*' '..?*'; do
    set -- "$k"/$g
    if [ -e "$1" ]; then mv -f -- "$@" "$D/" </dev/null || return; fi
  done
}
look() {
  for p; do
    if [ -L "$p" ]; then printf 'l%s\\0' "$(readlink "$p"; echo .)"
    elif [ -d "$p" ]; then printf 'd\\0'
    elif [ -f "$p" ]; then if [ -x "$p" ]; then printf 'x\\0'; else printf 'f\\0'; fi
    elif [ -e "$p" ]; then printf 'o\\0'
    else printf -- '-\\0'
    fi
  done
}
sum() { sha256sum -- "$@" | tr '\\n' '\\0'; }
sum_one() { sha256sum <"$1" | tr '\\n' '\\0'; }
while read -r _ _ _ _ m o; do
  o=\${o##* - }
  printf '=mount %s %s\\0' "\${o%% *}" "$m"
done 2>/dev/null </proc/self/mountinfo
printf '=ready\\0'
while IFS=' ' read -r id s n hs hb; do
  take "$s" "$d/script" && take "$n" "$b" || exit 1
  set -- $(sha256sum "$d/script" "$b")
  if [ "$1 $3" != "$hs $hb" ]; then printf '=no %s damaged on the way\\0' "$id"; exit 1; fi
  ( set -e; . "$d/script" ) </dev/null 2>"$d/errors"
  r=$?
  if [ "$r" -eq 0 ]; then printf '=ok %s\\0' "$id"; else printf '=no %s %s\\0' "$id" "$(cat "$d/errors")"; fi
done
`;
