/**
 * In the container runs a loop of POSIX sh that takes frames on stdin and answers on stdout. It has to do with
 * what busybox has. A frame is a line `ID SCRIPT_BYTES BLOB_BYTES SHA256 SHA256`, then the script, then the blob; the
 * script runs when both have arrived whole. Answers end in NUL: `=mount TYPE PATH` for each mount, `=ready`, `=lacks WORD`,
 * `=ok ID`, `=no ID TEXT`, `=link ID TEXT` where a link is in the way; anything else is what the frame's script prints. A
 * stream that loses its frame ends.
 *
 * Every program started takes a millisecond. A few files are written by dd, which writes a file at once; many by the
 * shell's own printf, new ones into a directory beside (`stage`, `into`, `put`), from which one mv a directory takes
 * them. The law for files that are there: they are written over and then cut off, never emptied first, and only where
 * there is space for what they will be (`room`), so that no file is ever short, whatever ends the container. What is
 * not whole yet is called `$own`, a name with the random word that this session was given as its argument: nothing else
 * has that name, so what has it can be removed.
 */

/** A frame's script and blob are read by one dd each, which takes as much memory. */
export const blobLimitBytes = 1024 * 1024;

/** Name of what a session with the random word `mark` has not finished writing. */
export const unfinishedName = (mark: string): string => `.os-live~${mark}`;

export const shellLoop = `
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
unset CDPATH ENV
export LC_ALL=C
umask 022
for t in dd rm rmdir mv mkdir chmod chown ln wc readlink sha256sum tr cat; do
  command -v "$t" >/dev/null 2>&1 || { printf '=lacks %s\\0' "$t"; exit 1; }
done
printf x | dd bs=1 count=1 iflag=fullblock >/dev/null 2>&1 || { printf '=lacks dd iflag=fullblock\\0'; exit 1; }
d=
for t in /dev/shm /tmp /run /var/tmp /; do
  t="\${t%/}/.os-live-$$"
  if mkdir -m 700 "$t" 2>/dev/null; then d=$t; break; fi
done
[ -n "$d" ] || { printf '=lacks a directory to write to\\0'; exit 1; }
trap '[ ! -s "$d/parts" ] || rm -f -- "$(cat "$d/parts")"; rm -rf "$d"' EXIT
trap 'exit 1' HUP INT PIPE TERM
b="$d/blob" own="${unfinishedName('$1')}"
take() {
  if [ "$1" -eq 0 ]; then : >"$2"; else dd bs="$1" count=1 iflag=fullblock of="$2" 2>/dev/null; fi
}
run_dd() {
  dd "$@" 2>"$d/said" && return
  read -r w <"$d/said"
  echo "$w" >&2
  return 1
}
cut_out() { if [ "$2" -eq 0 ]; then : >"$3"; else run_dd if="$b" of="$3" bs="$2" skip="$1" count=1; fi; }
vacant() {
  if [ -d "$1" ]; then
    if [ -L "$1" ]; then echo "$1 is a symbolic link in the container" >&2; return 40; fi
    echo "$1 is a directory" >&2
    return 21
  fi
  if [ -L "$1" ] || [ -f "$1" ] || ! [ -e "$1" ]; then return 0; fi
  echo "$1 is neither a file nor a directory in the container" >&2
  return 21
}
place() { vacant "$2" && mv -f -- "$1" "$2"; }
is_still() {
  k=d
  if [ -L "$2" ]; then k=l; elif [ -f "$2" ]; then k=f; elif ! [ -e "$2" ]; then k=$1; elif ! [ -d "$2" ]; then k=o; fi
  if [ "$k" = "$1" ]; then return 0; fi
  echo "$2 is not what was synced there: it is not removed" >&2
  return 39
}
drop_files() {
  k=$1
  shift
  for p; do is_still "$k" "$p" || return; done
  rm -f -- "$@"
}
not_ours() {
  echo "$1 holds what the sources do not: it is not removed" >&2
  return 39
}
still_directories() { for p; do is_still d "$p" || return; done; }
holds_most() {
  is_still d "$2" || return
  [ -d "$2" ] || return 0
  t="$(find "$2" -print0 2>/dev/null | tr -dc '\\000' | wc -c)"
  [ "$t" -ge 1 ] && [ "$t" -le "$1" ] || not_ours "$2"
}
drop_directories() {
  rmdir -- "$@" 2>/dev/null && return
  for p; do [ ! -e "$p" ] || not_ours "$p" || return; done
}
relink() {
  if [ -L "$2" ]; then rm -f -- "$2" || return
  elif [ -e "$2" ]; then echo "$2 is not what was synced there: it is not replaced" >&2; return 39
  fi
  ln -s -- "$1" "$2"
}
no_links() {
  for p; do
    if [ -L "$p" ]; then echo "$p is a symbolic link in the container" >&2; return 40; fi
  done
}
new() {
  t="\${3%/*}/$own"
  cut_out "$1" "$2" "$t" && { [ "$4" = 644 ] || chmod "$4" "$t"; } && place "$t" "$3" && return
  rm -f -- "$t"
  return 1
}
over() {
  if ! [ -f "$3" ] || [ -L "$3" ]; then new "$1" "$2" "$3" 644; return; fi
  z=$(wc -c <"$3")
  [ "$z" -ge "$2" ] || room "\${4%/}/$own" "$((($2 - z) / 4096 + 1))" || return
  [ "$2" -eq 0 ] || run_dd if="$b" of="$3" bs="$2" skip="$1" count=1 conv=notrunc || { new "$1" "$2" "$3" 644; return; }
  [ "$z" -le "$2" ] || shorten "$3" "$2"
}
shorten() { if [ "$2" -eq 0 ]; then : >"$1"; else run_dd if=/dev/null of="$1" bs="$2" seek=1 count=0; fi; }
room() {
  printf '' 2>/dev/null >"$1" || return 0
  run_dd if=/dev/zero of="$1" bs=4096 count="$2" && rm -f -- "$1" && return
  rm -f -- "$1"
  return 1
}
inside() {
  p=\${1%/}
  while [ -n "$p" ]; do
    if [ -L "$p" ]; then echo "$p is a symbolic link in the container" >&2; return 40; fi
    p=\${p%/*}
  done
}
stage() {
  s="\${1%/}/$own" z=$2
  shift 2
  trap 'rm -rf -- "$s"' EXIT
  for k; do set -- "$@" "$s/$k"; shift; done
  mkdir -p -- "$@" && room "$s/room" "$z"
}
into() {
  k="$s/$1" D=\${2%/} how=$3 sizes=
  shift 3
  for n; do
    shift
    if [ -f "$D/$n" ] && ! [ -L "$D/$n" ]; then set -- "$@" "$D/$n"; fi
  done
  if [ $# -eq 0 ]; then return; fi
  set -f
  IFS='
'
  for n in $(wc -c -- "$@"); do
    z=\${n#"\${n%%[! ]*}"}
    sizes="$sizes\${n##*/}/\${z%% *}/"
  done
  unset IFS
  set +f
}
put() {
  if [ "$how" = over ] && [ -f "$D/$1" ] && ! [ -L "$D/$1" ]; then
    if { printf %b "$3" 1<>"$D/$1"; } 2>/dev/null; then
      z=
      if [ "\${sizes%%/*}" = "$1" ]; then
        sizes=\${sizes#"$1/"}
        z=\${sizes%%/*}
        sizes=\${sizes#"$z/"}
      fi
      [ -n "$z" ] && [ "$z" -le "$2" ] || shorten "$D/$1" "$2"
      return
    fi
  fi
  vacant "$D/$1" || return
  printf %b "$3" >"$k/$1"
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
  if [ "$r" -eq 0 ]; then printf '=ok %s\\0' "$id"
  elif [ "$r" -eq 40 ]; then printf '=link %s %s\\0' "$id" "$(cat "$d/errors")"
  else printf '=no %s %s\\0' "$id" "$(cat "$d/errors")"; fi
done
`;
