/**
 * The scripts of an undo on the device. Its state directory holds `token` while the undo is armed. Confirming and undoing
 * both begin by renaming the token, so that exactly one of them happens. A service of the device's own PID 1 sleeps and
 * then undoes; it sleeps by monotonic time, and outlives the session that started it. A dispatcher script of NetworkManager
 * starts it again after a reboot: /etc/NetworkManager/dispatcher.d is of the few places that a device runs at boot and
 * that outlast it.
 */
import path from 'node:path';
import { shellQuote } from '../../core/shell-quote.ts';
import type { FileBefore, UndoPlan } from './undo-plan.ts';

const directoryOf = (id: string): string => `/mnt/state/os-undo/${id}`;
const dispatcherOf = (id: string): string => `/etc/NetworkManager/dispatcher.d/90-os-undo-${id}`;
const unitOf = (id: string): string => `os-undo-${id}`;

const searchPath = 'export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin:/usr/bin:/bin"';

const startService = ({ id, afterS }: Pick<UndoPlan, 'id' | 'afterS'>): string =>
  `systemd-run --quiet --unit=${unitOf(id)} /bin/sh -c 'sleep ${afterS.toString()}; exec /bin/sh ${directoryOf(id)}/undo.sh'`;

function restore({ path: file, content, mode }: FileBefore): string {
  const quoted = shellQuote(file);
  if (content === undefined) return `rm -f ${quoted} || failed=1`;
  const temporary = shellQuote(`${path.posix.dirname(file)}/.os-write.undo`);
  return `base64 -d >"$c" <<'END' && {
${content.toString('base64').replace(/.{76}/g, '$&\n')}
END
  cmp -s "$c" ${quoted} ||
    case ${quoted} in /mnt/boot/*) command -v fatrw >/dev/null 2>&1 && fatrw write ${quoted} <"$c" ;; *) false ;; esac ||
    { cp "$c" ${temporary} && chmod ${mode.toString(8)} ${temporary} && sync && mv -f ${temporary} ${quoted}; } ||
    { rm -f ${temporary}; false; }
} || failed=1`;
}

/** Exists where a file could not be put back. */
const failureOf = (id: string): string => `/run/os-undo-${id}-failed`;

/**
 * Undoes the change, once: has no effect if it was confirmed, and completes an interrupted run. The contents are decoded
 * in memory, since a full disk may be what made the change fail.
 */
export const undoScript = (plan: UndoPlan): string => `#!/bin/sh
${searchPath}; umask 077
u=${directoryOf(plan.id)}; c=/run/os-undo-${plan.id}-content; failed=
mv "$u/token" "$u/undoing" 2>/dev/null || [ -e "$u/undoing" ] || exit 0
${plan.files.map(restore).join('\n')}
rm -f "$c"
sync
[ -z "$failed" ] || : >${failureOf(plan.id)}
${plan.commands.map(command => `${command} || true`).join('\n')}
rm -f ${dispatcherOf(plan.id)}
rm -rf "$u"
rmdir /mnt/state/os-undo 2>/dev/null
exit 0
`;

const dispatcherScript = (plan: UndoPlan): string => `#!/bin/sh
${searchPath}
u=${directoryOf(plan.id)}
if [ -e "$u/token" ] || [ -e "$u/undoing" ]; then
  systemctl --quiet is-active ${unitOf(plan.id)}.service || ${startService(plan)}
else
  rm -f "$0"
fi
`;

/** Arms the undo; its standard input is `undoScript`. Fails without traces if the device cannot guarantee the undo. */
export function armScript(plan: UndoPlan): string {
  const size = Buffer.byteLength(undoScript(plan)).toString();
  return `${searchPath}; umask 077
u=${directoryOf(plan.id)}; n=${dispatcherOf(plan.id)}
fail() { rm -rf "$u"; rm -f "$n"; rmdir /mnt/state/os-undo 2>/dev/null; exit 1; }
mkdir -p "$u" && cat >"$u/undo.sh" && [ "$(wc -c <"$u/undo.sh")" -eq ${size} ] || fail
if [ -d /etc/NetworkManager/dispatcher.d ]; then
  cat >"$n" <<'SCRIPT' && chmod 755 "$n" || fail
${dispatcherScript(plan)}SCRIPT
fi
: >"$u/token" && sync -f "$u" 2>/dev/null || sync
${startService(plan)} || fail`;
}

/**
 * Confirms the change: status 0 if it stays, 3 if the device has undone it or is about to. If the answer to an earlier
 * attempt was lost, the marker in /run shows that the change is already confirmed.
 */
export const confirmScript = (id: string): string => `${searchPath}
u=${directoryOf(id)}
[ ! -e /run/os-undo-${id} ] || exit 0
mv "$u/token" "$u/confirmed" 2>/dev/null || exit 3
: >/run/os-undo-${id}
systemctl --quiet stop ${unitOf(id)}.service 2>/dev/null
rm -f ${dispatcherOf(id)}
rm -rf "$u"
rmdir /mnt/state/os-undo 2>/dev/null
exit 0`;

/** The most seconds that an undo takes: it waits for each connection that it activates again. */
const longestUndoS = 90;

/**
 * Undoes the change now and waits until that is over: status 0 if everything is as before, 4 if a file could not be put
 * back; another one leaves it to the service that is asleep. PID 1 runs it, since it may cut the connection.
 */
export const undoNowScript = (id: string): string => `${searchPath}
u=${directoryOf(id)}
if [ -e "$u/undo.sh" ]; then
  systemd-run --quiet --unit=${unitOf(id)}-now /bin/sh "$u/undo.sh" || exit 1
  n=0
  while [ -e "$u" ]; do
    [ "$n" -lt ${longestUndoS.toString()} ] || exit 1
    n=$((n + 1)); sleep 1
  done
fi
systemctl --quiet stop ${unitOf(id)}.service 2>/dev/null
[ ! -e ${failureOf(id)} ] || exit 4
exit 0`;
