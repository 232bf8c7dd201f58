// How soon `os scan` prints that something was found, against the least a Node program can do, and how long a whole scan takes.
import path from 'node:path';
import { openAvahi } from '../test/support/avahi.ts';
import type { Lab, Namespace } from '../test/support/namespaces.ts';
import { openLab } from '../test/support/namespaces.ts';
import type { Candidate, Row } from './measure.ts';
import { measure } from './measure.ts';
import { report } from './report.ts';

const rounds = 21;
const osProgram = path.resolve(import.meta.dirname, '../bin/run.js');
const yardstick = path.resolve(import.meta.dirname, 'yardsticks/first-answer.mjs');
const ownAddress = '10.78.0.1';

/** A laptop on a link with `count` devices that run a real avahi-daemon. */
async function openDesk(lab: Lab, count: number): Promise<Namespace> {
  const [laptop, link] = [await lab.namespace(), await lab.link()];
  await link.attach(laptop, 'eth0', `${ownAddress}/24`);
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const device = await lab.namespace();
      await link.attach(device, 'eth0', `10.78.0.${(i + 10).toString()}/24`);
      lab.keep(await openAvahi(device, { hostName: `board${(i + 10).toString()}` }));
    }),
  );
  return laptop;
}

const inside = (namespace: Namespace, name: string, ...args: string[]): Candidate => ({
  name,
  command: 'ip',
  args: ['netns', 'exec', namespace.name, process.execPath, ...args],
});

async function measureWith(count: number): Promise<Row[]> {
  await using lab = await openLab();
  const laptop = await openDesk(lab, count);
  const devices = `${count.toString()} device${count === 1 ? '' : 's'}`;
  return await measure(
    [
      inside(laptop, `one query, first answer, ${devices}`, yardstick, ownAddress),
      inside(laptop, `os scan, ${devices}`, osProgram, 'scan'),
    ],
    rounds,
  );
}

const [bareOne, one] = await measureWith(1);
const [bareMany, many] = await measureWith(30);
if (!bareOne || !one || !bareMany || !many) throw new Error('nothing was measured');
const peakMb = Math.max(one.peakBytes ?? 0, many.peakBytes ?? 0) / 1e6;

report(
  `Scanning a quiet network: medians of ${rounds.toString()} interleaved runs`,
  [bareOne, one, bareMany, many],
  [
    {
      what: 'first output of os scan / a bare script',
      value: one.firstByteMs / bareOne.firstByteMs,
      unit: '×',
      atMost: 2,
    },
    { what: 'whole scan with 1 device', value: one.wallMs, unit: 'ms', atMost: 1500 },
    { what: 'whole scan with 30 devices', value: many.wallMs, unit: 'ms', atMost: 1500 },
    { what: 'peak memory', value: peakMb, unit: 'MB', atMost: 120 },
  ],
);
