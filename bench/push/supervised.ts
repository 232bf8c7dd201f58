/** One file of a small project on a device with a supervisor: by the engine beside it, and through it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { measure } from '../measure.ts';
import { candidatesFor, projectFiles, type Measured } from './deltas.ts';
import { bootDevice, type Setting } from './setting.ts';

/** A supervisor starts a container this long after the target state was posted: measured on a real one, and so emulated. */
const startMs = 1130;

export async function measureSupervised(setting: Setting): Promise<Measured> {
  using device = bootDevice('push-bench-supervised', '--supervisor', 'unmanaged');
  const beside = { ...setting, address: device.address, host: `tcp://${device.address}:2377` };
  const [alone, by, through] = await Promise.all(
    ['alone', 'beside', 'through'].map(name => setting.makeProject(name, projectFiles(['COPY . /data']))),
  );
  if (alone === undefined || by === undefined || through === undefined)
    throw new Error('no project was made');
  const pushOf = (to: Setting, directory: string): ReturnType<typeof candidatesFor>['ours'] =>
    candidatesFor(to, directory, count => writeFile(path.join(directory, 'a.txt'), count.toString())).ours;
  const supervised = pushOf(beside, through);
  const [aloneRow, besideRow, throughRow] = await measure(
    [
      { ...pushOf(setting, alone), name: 'os push, no supervisor' },
      { ...pushOf(beside, by), name: 'os push, beside one' },
      { ...supervised, name: 'os push, through it', args: [...supervised.args, '--runner', 'supervisor'] },
    ],
    5,
    { hasResources: false },
  );
  if (aloneRow === undefined || besideRow === undefined || throughRow === undefined)
    throw new Error('nothing was measured');
  return {
    rows: [aloneRow, besideRow, throughRow],
    claims: [
      {
        what: 'a push by the engine beside a supervisor / without one',
        value: besideRow.wallMs / aloneRow.wallMs,
        unit: '×',
        atMost: 1.05,
      },
      {
        what: 'a push through a supervisor, beyond its own 1.13 s and a push by the engine',
        value: throughRow.wallMs - besideRow.wallMs - startMs,
        unit: 'ms',
        atMost: 500,
      },
    ],
  };
}
