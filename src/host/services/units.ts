/** The systemd units of a device that matter, and their states. */
import type { HostCommands } from '../host-commands.ts';
import { shellQuote } from '../../core/shell-quote.ts';

export interface UnitFacts {
  readonly unit: string;
  readonly summary: string;
  /** `active`, `inactive`, `failed`, `activating`, …, in the words of systemd. */
  readonly state: string;
  readonly detail: string;
  /** Seconds in this state by the device's monotonic clock; null if that is not known. */
  readonly sinceS: number | null;
  readonly restarts: number | null;
  readonly memoryBytes: number | null;
  /** True if it starts with the device. */
  readonly isEnabled: boolean | null;
  /** The last line of the journal of a unit that failed. */
  readonly lastLine: string | null;
}

/** Units by the part of the OS that they are; a device has some of them. */
export const knownUnits: readonly string[] = [
  'balena.service',
  'docker.service',
  'balena-engine.socket',
  'balena-supervisor.service',
  'resin-supervisor.service',
  'NetworkManager.service',
  'ModemManager.service',
  'dnsmasq.service',
  'avahi-daemon.service',
  'sshd.socket',
  'openvpn.service',
  'chronyd.service',
  'getty@tty1.service',
  'serial-getty@ttyS0.service',
  'serial-getty@ttyAMA0.service',
  'config-json.path',
  'development-features.service',
];

const properties = [
  'Id',
  'Description',
  'LoadState',
  'ActiveState',
  'SubState',
  'NRestarts',
  'MemoryCurrent',
  'UnitFileState',
  'StateChangeTimestampMonotonic',
];

/** Returns the unit of a word: its full name, or the only known one that begins with it. */
export function unitOf(word: string): string {
  if (/\.[a-z]+$/.test(word)) return word;
  const aliases: Readonly<Partial<Record<string, string>>> = {
    engine: 'balena.service',
    supervisor: 'balena-supervisor.service',
    ssh: 'sshd.socket',
    sshd: 'sshd.socket',
    avahi: 'avahi-daemon.service',
    chrony: 'chronyd.service',
  };
  return aliases[word] ?? `${word}.service`;
}

/** Names in earlier releases of the OS. */
const formerNames: Readonly<Partial<Record<string, string>>> = {
  'balena.service': 'docker.service',
  'balena-supervisor.service': 'resin-supervisor.service',
};

/** Returns the name that `unit` has on the device: its former one where the device has only that. */
export async function findUnit(commands: HostCommands, unit: string, signal: AbortSignal): Promise<string> {
  const former = formerNames[unit];
  if (former === undefined) return unit;
  const { stdout } = await commands.run(
    `for u in ${shellQuote(unit)} ${shellQuote(former)}; do systemctl show -p LoadState "$u"; done`,
    { signal },
  );
  const [present, earlier] = stdout.trim().split(/\s+/);
  return present === 'LoadState=not-found' && earlier === 'LoadState=loaded' ? former : unit;
}

const numberOf = (text: string | undefined): number | null =>
  text !== undefined && /^\d+$/.test(text) && Number(text) < Number.MAX_SAFE_INTEGER ? Number(text) : null;

function parseUnit(block: string, uptimeS: number): UnitFacts | undefined {
  const values: Partial<Record<string, string>> = Object.fromEntries(
    block.split('\n').map((line): [string, string] => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const { Id, ActiveState, LoadState } = values;
  if (Id === undefined || ActiveState === undefined || LoadState === undefined || LoadState === 'not-found')
    return undefined;
  const changed = numberOf(values['StateChangeTimestampMonotonic']);
  return {
    unit: Id,
    summary: values['Description'] ?? '',
    state: LoadState === 'masked' ? 'masked' : ActiveState,
    detail: values['SubState'] ?? '',
    // Uses the monotonic clock: a board sets its wall clock after it has booted.
    sinceS: changed === null || changed === 0 ? null : Math.max(0, uptimeS - changed / 1_000_000),
    restarts: numberOf(values['NRestarts']),
    memoryBytes: numberOf(values['MemoryCurrent']),
    isEnabled: values['UnitFileState'] ? values['UnitFileState'].startsWith('enabled') : null,
    lastLine: null,
  };
}

/**
 * Reads the units that exist on the device, in the order of `units`; without `units`, the important ones and those that
 * failed.
 */
export async function readUnits(
  commands: HostCommands,
  units: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<readonly UnitFacts[]> {
  const names = (units ?? knownUnits).map(shellQuote).join(' ');
  const failed =
    units === undefined ? '$(systemctl --failed --no-legend --plain 2>/dev/null | cut -d " " -f 1)' : '';
  const { stdout } = await commands.run(
    `cat /proc/uptime; for u in ${names} ${failed}; do echo; systemctl show ${properties.map(it => `-p ${it}`).join(' ')} "$u"; done`,
    { signal },
  );
  const [uptime = '', ...blocks] = stdout.split(/\n\n+/);
  const found = new Map<string, UnitFacts>();
  for (const block of blocks) {
    const unit = parseUnit(block.trim(), Number.parseFloat(uptime));
    if (unit !== undefined && !found.has(unit.unit)) found.set(unit.unit, unit);
  }
  return Promise.all(
    [...found.values()].map(async unit =>
      unit.state === 'failed' ? { ...unit, lastLine: await readLastLine(commands, unit.unit, signal) } : unit,
    ),
  );
}

async function readLastLine(
  commands: HostCommands,
  unit: string,
  signal: AbortSignal,
): Promise<string | null> {
  const { stdout } = await commands.run(
    `journalctl -u ${shellQuote(unit)} -n 1 -o cat --no-pager 2>/dev/null`,
    {
      signal,
    },
  );
  const line = stdout.trim();
  return line === '' ? null : line;
}
