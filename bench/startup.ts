// How long a start takes, and the answer to a TAB, against the shortest a Node program can take.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openTempDirectory } from '../test/support/temp-directory.ts';
import { measure } from './measure.ts';
import { report } from './report.ts';

const rounds = 25;
const run = path.resolve(import.meta.dirname, '../bin/run.js');
const os = (...args: string[]): { name: string; command: string; args: string[] } => ({
  name: ['os', ...args].join(' '),
  command: process.execPath,
  args: [run, ...args],
});

await using state = await openTempDirectory();
const devices = path.join(state.path, 'os-cli/devices');
await mkdir(devices, { recursive: true });
for (let i = 0; i < 30; i++)
  await writeFile(
    path.join(devices, `${i.toString()}.json`),
    JSON.stringify({ host: `board-${i.toString()}.local` }),
  );

const bare = { name: 'node -e 0', command: process.execPath, args: ['-e', '0'] };
const tab = {
  ...os('__complete', 'ssh', 'board'),
  name: 'TAB after os ssh board, of 30 devices',
  env: { XDG_STATE_HOME: state.path },
};
const rows = await measure([bare, os('--version'), os('--help'), os('scan', '--help'), tab], rounds);
if (rows.find(row => row.name === tab.name)?.outBytes === 0) throw new Error('no device was offered');

const ratioOf = (name: string): number =>
  (rows.find(row => row.name === name)?.wallMs ?? NaN) / (rows[0]?.wallMs ?? NaN);

report(`A start: medians of ${rounds.toString()} interleaved runs`, rows, [
  { what: 'os --version / node -e 0', value: ratioOf('os --version'), unit: '×', atMost: 1.8 },
  { what: 'os --help / node -e 0', value: ratioOf('os --help'), unit: '×', atMost: 1.8 },
  { what: 'os scan --help / node -e 0', value: ratioOf('os scan --help'), unit: '×', atMost: 4 },
  { what: 'a TAB / node -e 0', value: ratioOf(tab.name), unit: '×', atMost: 1.8 },
]);
