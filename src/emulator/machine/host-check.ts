import { OsError } from '../../core/errors.ts';
import { isToolPresent } from './tool.ts';

/** Programs the emulator runs, and the Debian packages they are in. */
const neededPrograms: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  nsenter: 'util-linux',
  'apt-get': 'apt',
};

/** Facts about the machine that the check needs; tests supply those of another one. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly uid: number | undefined;
  readonly has: (program: string) => boolean;
}

const thisMachine = (): Machine => ({
  platform: process.platform,
  uid: process.getuid?.(),
  has: isToolPresent,
});

/** Throws OsError `host-unsuitable` naming every obstacle to running devices on this machine. */
export function checkHost(machine: Machine = thisMachine()): void {
  if (machine.platform !== 'linux')
    throw new OsError('host-unsuitable', `emulated devices need Linux; this is ${machine.platform}`, {
      hint: 'run `os emulator` in a Linux virtual machine; every other command works here',
    });
  const missing = Object.entries(neededPrograms).filter(([program]) => !machine.has(program));
  if (missing.length > 0)
    throw new OsError(
      'host-unsuitable',
      `emulated devices need ${missing.map(([program]) => program).join(', ')}, missing on this machine`,
      { hint: `on Debian or Ubuntu: apt-get install ${missing.map(([, name]) => name).join(' ')}` },
    );
  if (machine.uid !== 0)
    throw new OsError('host-unsuitable', 'emulated devices need root: they are containers with a network', {
      hint: 'run it with sudo',
    });
}
