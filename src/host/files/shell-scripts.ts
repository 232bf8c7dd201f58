/**
 * The scripts behind HostFiles on a device: POSIX shell with the programs that busybox has too. The first line of each
 * sets `f` (the file) and `d` (its directory). Exit statuses: 70 the file does not exist, 71 a directory instead of a
 * file or the reverse, 72 too large, 73 the received bytes differ from the sent ones, 74 the file is not as it is expected.
 */
import path from 'node:path';
import { shellQuote } from '../../core/shell-quote.ts';

export const scriptStatus = { missing: 70, wrongKind: 71, tooLarge: 72, cutOff: 73, changed: 74 } as const;

const prologue = (file: string): string =>
  `export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"; f=${shellQuote(file)}; d=${shellQuote(path.posix.dirname(file))}`;

/**
 * The boot partition is FAT, on which a rename is not power-fail safe: fatrw is the OS's tool for it (2.101.0 and
 * newer).
 */
const onFat = 'case "$f" in /mnt/boot/*) true ;; *) false ;; esac';
const hasFatrw = `${onFat} && command -v fatrw >/dev/null 2>&1`;

/** The second copy that exists while an OS without fatrw replaces a file on the boot partition. */
const secondCopy = 'o="$d/.${f##*/}.os-old"';

/** A write that was cut off is finished first: by fatrw, else from the second copy. */
const finishWrite = `${secondCopy}
[ ! -d "$f" ] || exit 71
if ${hasFatrw}; then fatrw read "$f" >/dev/null 2>&1 || true
elif [ ! -e "$f" ] && [ -f "$o" ]; then mv -f "$o" "$f"; fi`;

export const readScript = (file: string, maxBytes: number): string => `${prologue(file)}
${finishWrite}
[ -e "$f" ] || exit 70
[ "$(wc -c <"$f")" -le ${maxBytes.toString()} ] || exit 72
exec cat "$f"`;

/** One writer of a directory at a time, until its process ends; a device without flock(1) does without. */
const lockDirectory = 'if command -v flock >/dev/null 2>&1; then exec 9<"$d" && flock 9 || exit 1; fi';

/** `sha256`: of the content that is replaced, where no other may be. */
const checkReplaced = (sha256: string | undefined): string =>
  sha256 === undefined
    ? ':'
    : `case "$(sha256sum <"$f")" in ${sha256}*) ;; *) exit ${scriptStatus.changed.toString()} ;; esac`;

/** Sets `b` to the beginning of the boot's id. It is part of the name of a temporary file. */
const readBoot = 'read -r b </proc/sys/kernel/random/boot_id; b=${b%%-*}';

/** Removes what writes that a power cut ended have left behind: their names carry the id of an earlier boot. */
const removeLeftovers = `for l in "$d"/.os-write.????????.??????; do
  case "$l" in "$d/.os-write.$b".*) ;; *) [ ! -f "$l" ] || rm -f "$l" ;; esac
done`;

/**
 * Reads the content from its standard input: all of it is on the device before any file is replaced. `sha256`: of the
 * content that the file has to have until then.
 */
export const writeScript = (
  file: string,
  sizeBytes: number,
  mode: number,
  sha256?: string,
): string => `${prologue(file)}
umask 077
${secondCopy}
[ ! -d "$f" ] || exit 71
p=$d; while [ ! -e "$p" ]; do p=\${p%/*}; p=\${p:-/}; done
[ -d "$p" ] || exit 71
(umask 022; mkdir -p "$d") || exit 1
${readBoot}
t=$(if ${hasFatrw} && [ -d /run ]; then mktemp /run/.os-write.XXXXXX; else mktemp "$d/.os-write.$b.XXXXXX"; fi) || exit 1
trap 'rm -f "$t"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$t" || exit 1
[ "$(wc -c <"$t")" -eq ${sizeBytes.toString()} ] || exit 73
${lockDirectory}
${removeLeftovers}
${checkReplaced(sha256)}
if ${hasFatrw}; then fatrw write "$f" <"$t" || exit 1; exit 0; fi
chmod ${mode.toString(8)} "$t" || exit 1
sync "$t" 2>/dev/null || sync
if ${onFat} && [ -f "$f" ]; then cp "$f" "$o" && { sync -f "$d" 2>/dev/null || sync; } || { rm -f "$o"; exit 1; }; fi
mv -f "$t" "$f" || { rm -f "$o"; exit 1; }
sync -f "$d" 2>/dev/null || sync
rm -f "$o"`;

/** Prints one record an entry, each ended by a NUL: kind, size, name. */
export const listScript = (directory: string): string => `${prologue(directory)}
[ -e "$f" ] || exit 70
[ -d "$f" ] || exit 71
cd "$f" || exit 1
for n in * .[!.]* ..?*; do
  case "$n" in .os-write.*|.*.os-old) continue ;; esac
  if [ -f "$n" ]; then printf 'file %d %s\\0' "$(wc -c <"./$n")" "$n"
  elif [ -d "$n" ]; then printf 'directory 0 %s\\0' "$n"
  elif [ -e "$n" ] || [ -L "$n" ]; then printf 'other 0 %s\\0' "$n"; fi
done
exit 0`;

export const removeScript = (file: string): string => `${prologue(file)}
[ ! -d "$f" ] || exit 71
[ -e "$f" ] || [ -L "$f" ] || exit 70
rm -f "$f" || exit 1
sync -f "$d" 2>/dev/null || sync`;

/** Prints mode in hexadecimal, size, and seconds since the epoch. */
export const statScript = (file: string): string => `${prologue(file)}
[ -e "$f" ] || exit 70
stat -L -c '%f %s %Y' "$f"`;
