import { machineCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

interface Input {
  readonly nowMs: number;
  /** The service that sets the clock; null if none is found. */
  readonly keeper: string | null;
}

/** No release of this program is older. */
const earliestMs = Date.UTC(2025, 0, 1);

/** Files by which daemons show that they have set the clock. */
const keepers: readonly (readonly [file: string, name: string])[] = [
  ['/run/systemd/timesync/synchronized', 'systemd-timesyncd'],
  ['/run/chrony/chronyd.pid', 'chrony'],
  ['/var/run/chrony/chronyd.pid', 'chrony'],
  ['/var/run/ntpd.pid', 'ntpd'],
];

export const clock = machineCheck({
  id: 'clock',
  title: 'clock of this machine',
  read: async (machine): Promise<Input> => {
    const seen = await Promise.all(
      keepers.map(async ([file, name]) => ((await machine.exists(file)) ? name : null)),
    );
    return { nowMs: machine.now(), keeper: seen.find(name => name !== null) ?? null };
  },
  judge: ({ nowMs, keeper }: Input) => {
    const now = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
    if (nowMs < earliestMs)
      return warning(
        `${now} lies in the past: certificates of registries are not valid yet`,
        'set the clock',
      );
    return ok(keeper === null ? now : `${now}, kept by ${keeper}`);
  },
});
