/** One file of 200 MB over a link of 20 Mbit/s, as a board on Wi-Fi has it. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { measure } from '../measure.ts';
import { candidatesFor, largeBytes, projectFiles, type Measured } from './deltas.ts';
import { interfaceTo, type Setting } from './setting.ts';

const rate = '20mbit';

/** Holds what this machine sends to the device to the rate, until disposed. */
function holdLink(address: string): Disposable {
  const device = interfaceTo(address);
  const tc = (...args: string[]): void =>
    void execFileSync('tc', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  tc('qdisc', 'add', 'dev', device, 'root', 'tbf', 'rate', rate, 'burst', '64kb', 'latency', '100ms');
  return { [Symbol.dispose]: () => tc('qdisc', 'del', 'dev', device, 'root') };
}

export async function measureSlowLink(setting: Setting): Promise<Measured> {
  const directory = await setting.makeLarge('slow-link', largeBytes, projectFiles(['COPY . /data']));
  const edit = (count: number): Promise<void> => writeFile(path.join(directory, 'a.txt'), count.toString());
  const { ours, docker } = candidatesFor(setting, directory, edit);
  // The first push and build are made at full speed.
  await measure([ours, docker], 0);
  using _link = holdLink(setting.address);
  const options = { warmUps: 0, hasResources: false };
  const [oursRow] = await measure([{ ...ours, name: `os push, ${rate}` }], 3, options);
  const [dockerRow] = await measure([{ ...docker, name: `docker build + run, ${rate}` }], 1, options);
  if (oursRow === undefined || dockerRow === undefined) throw new Error('nothing was measured');
  return {
    rows: [oursRow, dockerRow],
    claims: [
      {
        what: 'docker build + run / os push, one file of 200 MB over 20 Mbit/s',
        value: dockerRow.wallMs / oursRow.wallMs,
        unit: '×',
        atLeast: 40,
      },
    ],
  };
}
