import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { bridgeName } from '../../src/emulator/network/bridge.ts';
import { groupsOf, readPids } from '../../src/emulator/machine/cgroups.ts';
import type { DeviceRecord } from '../../src/emulator/device/device-record.ts';
import { linkName, machineName } from '../../src/emulator/device/device-record.ts';
import path from 'node:path';

const readOrEmpty = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** Everything of a device that this machine still runs, mounts or links, one line each. `stateHome`: its XDG_STATE_HOME. */
export async function leftovers(record: DeviceRecord, stateHome: string): Promise<string[]> {
  const machine = machineName(record);
  const groups = groupsOf(machine);
  const processes = readdirSync('/proc').filter(
    pid => /^\d+$/.test(pid) && readOrEmpty(`/proc/${pid}/cmdline`).includes(`--machine=${machine}`),
  );
  const place = { stateDirectory: path.join(stateHome, 'os-cli'), cacheDirectory: '', resourceDirectory: '' };
  const links = [linkName(record), bridgeName(place, record.subnet)];
  return [
    ...processes.map(pid => `process ${pid}`),
    ...(await readPids(groups)).map(pid => `process ${pid.toString()} in its groups`),
    ...groups.filter(group => existsSync(group)),
    ...readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .filter(line => line.includes(stateHome) || line.includes(machine)),
    ...links.filter(link => existsSync(`/sys/class/net/${link}`)),
    ...[`/run/systemd/nspawn/propagate/${machine}`].filter(file => existsSync(file)),
  ];
}
