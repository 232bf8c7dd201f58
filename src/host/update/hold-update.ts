/**
 * One update of a device at a time: a file under /run names the archive, and who sends or installs it. Every command of an
 * update renews it; it ends with the boot, or a while after the last command of a run that was killed.
 */
import { randomBytes } from 'node:crypto';
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import { updateOnTrial } from './check-update.ts';
import type { HostCommandOptions, HostCommandResult, HostCommands } from '../host-commands.ts';

export const installUnit = 'os-update';
export const isInstalling = `systemctl --quiet is-active ${installUnit}.service`;

/** The archive's name on the device: the beginning of its sha256. */
export const shortDigest = (digest: string): string => digest.slice(0, 32);

/** `TOKEN DIGEST SECONDS PERSON`; the seconds are those since the boot, since the clock of a device may jump. */
const file = '/run/os-update.lock';

/** Longer than the longest command of an update. */
const leaseS = 16 * 60;

/** EX_TEMPFAIL of sysexits.h: no other command of an update ends with it. */
const heldStatus = 75;

/** Another update may have rebooted the device since this one looked at it. Its own trial begins while it holds the device. */
const noTrial = `for f in health altboot; do
  [ ! -e /mnt/state/rollback-$f-breadcrumb ] || { echo trial; exit ${heldStatus.toString()}; }
done`;

const begin = `( if command -v flock >/dev/null 2>&1; then flock 9; fi
token= digest= at= person=
read -r token digest at person <${file}`;
const end = `) 9>>${file}`;

/** Runs the commands of one update while no other one holds the device. */
export class UpdateHold {
  readonly digest: string;
  readonly #token = randomBytes(8).toString('hex');
  readonly #person: string;
  #isHeld = false;

  /** `person`: who updates, e.g. `anna on laptop`. The same person may go on with the same archive after a killed run. */
  constructor(digest: string, person: string) {
    this.digest = digest;
    this.#person = sanitizeLine(person).trim();
  }

  #line(): string {
    const mine = [shortDigest(this.digest), this.#person] as const;
    const isResumed = `[ "$digest $person" = ${shellQuote(mine.join(' '))} ]`;
    return `${begin}
read -r now rest </proc/uptime; now=\${now%%.*}
case "$at" in ''|*[!0-9]*) at=0 ;; esac
left=$((at + ${leaseS.toString()} - now))
case "$token" in ''|${this.#token}) ;; *)
  ${this.#isHeld ? 'false' : isResumed} || [ "$left" -le 0 ] || { echo "held $left $digest $person"; exit ${heldStatus.toString()}; } ;;
esac
if ${isInstalling}; then
  start=$(systemctl show -p ExecStart ${installUnit}.service)
  case "$start" in *${mine[0]}*) ;; *) echo "installing $start"; exit ${heldStatus.toString()} ;; esac
fi
${this.#isHeld ? ':' : noTrial}
echo ${this.#token} ${mine[0]} "$now" ${shellQuote(mine[1])} >${file}
${end} || exit`;
  }

  /** Runs `command` if no other update holds the device, else throws OsError `busy`, which names the other. */
  async run(
    commands: HostCommands,
    command: string,
    options: HostCommandOptions,
  ): Promise<HostCommandResult> {
    const result = await commands.run(`${this.#line()}\n${command}`, options);
    if (result.status === heldStatus) throw otherUpdate(result.stdout);
    this.#isHeld = true;
    return result;
  }

  /** Lets others update the device at once. Does nothing where this run does not hold it. */
  async release(commands: HostCommands, signal: AbortSignal): Promise<void> {
    if (!this.#isHeld) return;
    await commands.run(`${begin}\nif [ "$token" = ${this.#token} ]; then : >${file}; fi\n${end}`, { signal });
  }
}

function otherUpdate(told: string): OsError {
  const [, left, digest = '', person = ''] = /^held (\d+) (\S+) ?(.*)/.exec(told) ?? [];
  if (left !== undefined) {
    const minutes = Math.ceil(Number(left) / 60).toString();
    return new OsError(
      'busy',
      sanitizeLine(`${person === '' ? 'somebody' : person} updates the device, with archive ${digest}`),
      {
        hint: `wait until that has ended; if that \`os\` was killed, the device is free in ${minutes} min`,
      },
    );
  }
  if (told.startsWith('trial')) return updateOnTrial();
  const installed = /os-update\/([0-9a-f]+)\.tar/.exec(told)?.[1];
  return new OsError(
    'busy',
    `the device installs another update${installed === undefined ? '' : `, archive ${installed}`}`,
    { hint: 'wait until that has ended: see `os update --status`' },
  );
}
