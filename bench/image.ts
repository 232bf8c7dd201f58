// Writing an image to a drive and making sure of it, against dd and cmp; what a setting costs; how soon a compressed image tells
// what is in it. The drive is a loop device on a file whose blocks are allocated; caches are dropped before each run of either side.
import path from 'node:path';
import { makeImage, MiB, tool } from '../test/support/image/make-image.ts';
import { openTempDirectory } from '../test/support/temp-directory.ts';
import { measure, type Candidate, type Row } from './measure.ts';
import { report } from './report.ts';

const imageMiB = Number(process.env['OS_BENCH_IMAGE_MIB'] ?? 1000);
const compressedMiB = 2 * imageMiB;
const rounds = 3;
const run = path.resolve(import.meta.dirname, '../bin/run.js');

await using directory = await openTempDirectory();
const inside = (name: string): string => path.join(directory.path, name);

const { path: image } = await makeImage(directory.path, { bootMiB: 100, dataMiB: 8 });
/** As in an image of the OS, a sixth of it is data. */
await tool('sh', ['-c', `head -c ${Math.floor((imageMiB / 6) * MiB).toString()} /dev/urandom >>${image}`]);
await tool('truncate', ['-s', `${imageMiB.toString()}M`, image]);
const card = inside('card');
await tool('dd', [
  'if=/dev/zero',
  `of=${card}`,
  'bs=1M',
  `count=${(imageMiB + 8).toString()}`,
  'status=none',
]);
const drive = (await tool('losetup', ['-f', '--show', card])).trim();

const os = (...args: readonly string[]): string => [process.execPath, run, ...args].join(' ');
const shell = (name: string, line: string): Candidate => ({
  name,
  command: 'sh',
  args: ['-ec', `echo 3 >/proc/sys/vm/drop_caches; ${line}`],
});
const flash = os('image', 'flash', image, '--drive', drive, '--confirm', path.basename(drive), '--yes');
const findRow = (rows: readonly Row[], name: string): Row => {
  const row = rows.find(it => it.name === name);
  if (row === undefined) throw new Error(`nothing was measured of ${name}`);
  return row;
};

try {
  const both = await measure(
    [
      shell(
        'dd conv=fsync, cmp',
        `dd if=${image} of=${drive} bs=4M conv=fsync status=none; echo 3 >/proc/sys/vm/drop_caches; cmp -n $(stat -c %s ${image}) ${image} ${drive}`,
      ),
      shell('os image flash', flash),
    ],
    rounds,
  );
  const [ours, theirs] = [findRow(both, 'os image flash'), findRow(both, 'dd conv=fsync, cmp')];
  report(
    `${imageMiB.toString()} MiB written and verified: medians of ${rounds.toString()} interleaved runs`,
    both,
    [
      { what: 'os image flash / dd and cmp', value: ours.wallMs / theirs.wallMs, unit: '×', atMost: 1 },
      { what: 'peak memory', value: (ours.peakBytes ?? NaN) / 1e6, unit: 'MB', atMost: 150 },
    ],
  );

  const settings = await measure(
    [shell('os image configure', `${os('image', 'configure', image, '--hostname')} h$(date +%N)`)],
    rounds,
  );
  const configure = findRow(settings, 'os image configure');
  const delta = JSON.parse(
    (await tool('sh', ['-c', `${flash} --delta --json | grep '"flashed"'`])).trim(),
  ) as { writtenBytes: number };
  report(`A setting of an image of ${imageMiB.toString()} MiB`, settings, [
    { what: 'os image configure', value: configure.wallMs, unit: 'ms', atMost: 300 },
    {
      what: 'flash --delta after one setting writes',
      value: delta.writtenBytes / 1e6,
      unit: 'MB',
      atMost: 3,
    },
  ]);

  await tool('truncate', ['-s', `${compressedMiB.toString()}M`, image]);
  const compress = { gz: 'gzip -1 -k -c', zst: 'zstd -q -1 -c', xz: 'xz -0 -T2 -k -c' } as const;
  const limits = { gz: 1000, zst: 1000, xz: 2000 } as const;
  for (const [format, command] of Object.entries(compress))
    await tool('sh', ['-c', `${command} ${image} >${inside(`os.${format}`)}`]);
  const formats = Object.keys(compress) as (keyof typeof compress)[];
  const told = await measure(
    formats.map(format => shell(format, os('image', 'inspect', inside(`os.${format}`), '--quick'))),
    rounds,
  );
  report(
    `Table and boot partition of a compressed image of ${compressedMiB.toString()} MiB`,
    told,
    formats.map(format => ({
      what: format,
      value: findRow(told, format).wallMs,
      unit: 'ms' as const,
      atMost: limits[format],
    })),
  );
} finally {
  await tool('losetup', ['-d', drive]);
}
