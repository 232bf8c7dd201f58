/**
 * Scripts for a device, in POSIX shell with the programs that busybox has too (tar with short options alone). Both are
 * `sh -c SCRIPT sh WORDS…`.
 */
import { holeBytes } from './holes.ts';

/** Exit statuses of the scripts when they fail. Each prints the reason on stderr, as its last line. */
export const farStatus = {
  missing: 92,
  noProgram: 93,
  noParent: 94,
  inTheWay: 95,
  cutOff: 96,
  noFile: 97,
  ofKernel: 98,
} as const;

const { missing, noProgram, noParent, inTheWay, cutOff, noFile, ofKernel } = farStatus;

const needs = (...programs: readonly string[]): string =>
  `for p in ${programs.join(' ')}; do
  command -v $p >/dev/null 2>&1 || { echo $p >&2; exit ${noProgram.toString()}; }
done`;

/**
 * WORDS are patterns. Prints a tar for each path that matches, one after the other, whose names begin with the last part of
 * the path. Links that are named are followed, links below are kept. A name that is there as it is written is no pattern.
 */
export const readScript = `${needs('tar')}
# Of GNU tar only the data of sparse files, in the one form that is read here.
case $(tar --version 2>/dev/null) in
  *'GNU tar'*) send() { tar -c -S --format=gnu -f - "$@"; } ;;
  *) send() { tar -c -f - "$@"; } ;;
esac
IFS=
one() {
  [ -e "$1" ] || [ -L "$1" ] || { echo "$1" >&2; exit ${missing.toString()}; }
  if [ "$1" = / ]; then send -C / . || exit; return; fi
  real=$1; [ ! -L "$1" ] || real=$(readlink -f "$1")
  # These files have another size than content, which tar believes.
  case $real in /proc | /proc/* | /sys | /sys/*) echo "$1" >&2; exit ${ofKernel.toString()} ;; esac
  [ -f "$1" ] || [ -d "$1" ] || [ -L "$1" ] || { echo "$1" >&2; exit ${noFile.toString()}; }
  d=\${1%/*} b=\${1##*/}
  if [ -d "$1" ] && [ -L "$1" ]; then send -C "\${d:-/}" "./$b/." || exit
  elif [ -L "$1" ] && [ -e "$1" ]; then send -h -C "\${d:-/}" "./$b" || exit
  else send -C "\${d:-/}" "./$b" || exit; fi
}
for pattern; do
  if [ -e "$pattern" ] || [ -L "$pattern" ]; then one "$pattern"; else for p in $pattern; do one "$p"; done; fi
done`;

/** The names in an archive for `writeScript`: what is copied, data of sparse files, and the mark that all of it has arrived. */
export const archived = { root: 'root', sparse: 'sparse', end: 'end' } as const;

/** The directory, beside the destination, in which `writeScript` collects what arrives. */
export const collectedIn = (destination: string, how: 'into' | 'exact', nonce: string): string =>
  `${how === 'into' ? destination.replace(/\/$/, '') : destination.slice(0, destination.lastIndexOf('/'))}/.os-cp-${nonce}`;

/**
 * WORDS are: the destination; `into` or `exact`; the name of the source; a nonce; `unpack` or `ask`. Unpacks its input beside the
 * destination (`ask`: prints a line once the directory for that is made, and reads one: `unpack`, or `there` if what is copied has
 * got into the directory in another way) and moves what has arrived whole into place: a new tree in one step, into one that is there file by file. `exact`: the
 * archive has \`root/item\`, which becomes the destination, or goes into it as the source's name where that is a directory and
 * the item is none. \`into\`: every entry of \`root\` goes into the destination, which is made.
 */
export const writeScript = `${needs('tar', 'find', 'mv', 'rm', 'mkdir')}
D=$1 how=$2 name=$3 T=
fail() { echo "$2" >&2; exit "$1"; }
# Whoever else has put something into it may have gone on for a moment.
trap '[ -z "$T" ] || rm -rf "$T" 2>/dev/null || { sleep 1; rm -rf "$T"; }' EXIT
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
if [ $how = into ]; then
  [ -d "$D" ] || mkdir "$D" || exit ${noParent.toString()}
  P=\${D%/}
else
  P=\${D%/*}
  [ -d "\${P:-/}" ] || fail ${noParent.toString()} "no such directory: \${P:-/}"
fi
# Its name is this copy's own, so that a signal while it is made may remove it.
T=$P/.os-cp-$4
mkdir -m 700 "$T" || exit ${noParent.toString()}
way=$5
if [ "$way" = ask ]; then
  echo made
  read -r way || fail ${cutOff.toString()} 'not all of it arrived'
fi
[ "$way" = there ] || tar -x -p -f - -C "$T" || exit
[ -f "$T/${archived.end}" ] || fail ${cutOff.toString()} 'not all of it arrived'
# Puts the data of a sparse file where it belongs. What the rest of it was not written to stays a hole.
fill() (
  cd "$1" && touch -r file time && read -r size < size || exit
  dd if=/dev/null of=file bs=1 seek="$size" count=0 2>said || { cat said >&2; exit 1; }
  while read -r skip seek count; do
    dd if=data of=file bs=${holeBytes.toString()} conv=notrunc skip="$skip" seek="$seek" count="$count" 2>said ||
      { cat said >&2; exit 1; }
  done < map
  touch -r time file
)
if [ -d "$T/${archived.sparse}" ]; then
  for s in "$T/${archived.sparse}"/*; do fill "$s" || exit; done
  rm -rf "$T/${archived.sparse}"
fi
clash() { fail ${inTheWay.toString()} "a directory is where a file is meant, or the reverse: $1"; }
merge() (
  cd "$1" || exit
  export D="$2" M="$T/times" found='{}' move='to=$0; mv -f "$@" "$to"'
  rm -rf "$M"
  find . -type d -exec sh -c '
    for d; do
      [ "$d" != . ] && [ -d "$d" ] || continue
      to=$D/\${d#./}
      if [ -L "$to" ]; then echo "a link is in the way: $to" >&2; exit 1
      elif [ -d "$to" ]; then :
      elif [ -e "$to" ]; then echo "a file is where a directory is meant: $to" >&2; exit 1
      else mv "$d" "$to" || exit; fi
    done' sh {} + || exit ${inTheWay.toString()}
  # Moving files changes the times of both directories, so these are kept aside.
  find . -depth -type d -exec sh -c '
    for d; do mkdir -p "$M/$d" && touch -r "$d" "$M/$d" || exit; done' sh {} + || exit
  find . -type d -exec sh -c '
    for d; do
      [ ! -d "$d" ] || find "$d" -maxdepth 1 ! -type d -exec sh -c "$move" "$D/\${d#./}/" "$found" + || exit
    done' sh {} + || exit ${inTheWay.toString()}
  # Not every find reports what its commands end with.
  if find . ! -type d | read -r left; then exit ${inTheWay.toString()}; fi
  cd "$M" && find . -depth -type d -exec sh -c '
    for d; do [ -L "$D/$d" ] || touch -r "$d" "$D/$d" || exit; done' sh {} +
)
place() {
  if [ -d "$1" ] && [ ! -L "$1" ]; then
    if [ -d "$2" ]; then merge "$1" "$2" || exit
    elif [ -e "$2" ] || [ -L "$2" ]; then clash "$2"
    else mv "$1" "$2" || exit; fi
  elif [ -d "$2" ]; then clash "$2"
  elif [ -e "$2" ] && [ ! -f "$2" ]; then
    fail ${inTheWay.toString()} "a device or a pipe is where a file is meant: $2"
  else mv -f "$1" "$2" || exit; fi
}
if [ $how = into ]; then
  for item in "$T/${archived.root}"/* "$T/${archived.root}"/.[!.]* "$T/${archived.root}"/..?*; do
    [ -e "$item" ] || [ -L "$item" ] || continue
    to=$P/\${item##*/}
    # As in \`merge\`: only the destination itself may be a link.
    if [ -L "$to" ] && [ -d "$item" ] && [ ! -L "$item" ]; then
      fail ${inTheWay.toString()} "a link is in the way: $to"
    fi
    place "$item" "$to"
  done
else
  item=$T/${archived.root}/item
  if [ -d "$D" ] && { [ ! -d "$item" ] || [ -L "$item" ]; }; then D=\${D%/}/$name; fi
  # The file that a link leads to is replaced, and the link stays, as with cp and scp.
  if [ -L "$D" ] && [ -f "$D" ] && [ -f "$item" ] && to=$(readlink -f "$D"); then D=$to; fi
  place "$item" "$D"
fi`;
