// How long a start takes, against the shortest a Node program can take.
import path from 'node:path';
import { measure } from './measure.ts';
import { report } from './report.ts';

const rounds = 25;
const run = path.resolve(import.meta.dirname, '../bin/run.js');
const os = (...args: string[]): { name: string; command: string; args: string[] } => ({
  name: ['os', ...args].join(' '),
  command: process.execPath,
  args: [run, ...args],
});

const bare = { name: 'node -e 0', command: process.execPath, args: ['-e', '0'] };
const rows = await measure([bare, os('--version'), os('--help'), os('scan', '--help')], rounds);

const ratioOf = (name: string): number =>
  (rows.find(row => row.name === name)?.wallMs ?? NaN) / (rows[0]?.wallMs ?? NaN);

report(`A start: medians of ${rounds.toString()} interleaved runs`, rows, [
  { what: 'os --version / node -e 0', value: ratioOf('os --version'), unit: '×', atMost: 1.8 },
  { what: 'os --help / node -e 0', value: ratioOf('os --help'), unit: '×', atMost: 1.8 },
  { what: 'os scan --help / node -e 0', value: ratioOf('os scan --help'), unit: '×', atMost: 4 },
]);
