// How long from a save until the container has it: a live session against what copies a file with the engine's archive
// (docker cp), on the same device, in turns. Usage: npm run bench -- live; a virtual device is booted, and removed at the end.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, type Row } from './measure.ts';
import { report } from './report.ts';

const rounds = 30;
const many = 1000;
const root = path.resolve(import.meta.dirname, '..');
const run = path.join(root, 'bin/run.js');
const emulated = 'live-bench';

interface View {
  device: { address: string; ports: { engine: number } };
}
const emulator = (...args: string[]): View =>
  (
    JSON.parse(
      execFileSync(process.execPath, [run, 'emulator', ...args, '--json'], { encoding: 'utf8' }),
    ) as { result: View }
  ).result;

const percentile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;

const { device } = emulator('up', emulated);
const engine = `http://${device.address}:${String(device.ports.engine)}`;
const folder = await mkdtemp(path.join(tmpdir(), 'os-bench-live-'));
const project = path.join(folder, 'hello-bench');
await cp(path.join(root, 'examples/hello'), project, { recursive: true });
const sync = 'develop: {watch: [{action: sync, path: page, target: /page}]}';
await writeFile(
  path.join(project, 'compose.yaml'),
  `services:\n  main:\n    build: .\n    network_mode: host\n    ${sync}\n`,
);
const session = spawn(process.execPath, [run, 'push', device.address, '-s', project, '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

/** Asks the container's own web server again and again; milliseconds since `startedMs` when it answers `text`. */
async function visible(page: string, text: string, startedMs: number): Promise<number> {
  for (;;) {
    const answer = await fetch(`http://${device.address}/${page}`).catch(() => undefined);
    if (answer?.ok === true && (await answer.text()) === text) return performance.now() - startedMs;
    if (performance.now() - startedMs > 30_000) throw new Error(`${page} does not become ${text}`);
    await sleep(1);
  }
}

async function archive(id: string, name: string, text: string): Promise<void> {
  const tar = pack();
  tar.entry({ name: `page/${name}` }, text);
  tar.finalize();
  await fetch(`${engine}/containers/${id}/archive?path=/`, { method: 'PUT', body: await buffer(tar) });
}

try {
  let told = '';
  session.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  while (!told.includes('"watching"')) await sleep(50);
  const containers = (await (await fetch(`${engine}/containers/json`)).json()) as { Id: string }[];
  const id = containers[0]?.Id ?? '';
  const [ours, theirs]: [number[], number[]] = [[], []];
  const text = (i: number): string => createHash('sha512').update(i.toString()).digest('hex').repeat(16);
  for (let i = -3; i < rounds; i++) {
    const saved = performance.now();
    await writeFile(path.join(project, 'page/index.html'), text(i));
    const tookMs = await visible('index.html', text(i), saved);
    const copied = performance.now();
    await archive(id, 'copied.html', text(i));
    const copyMs = await visible('copied.html', text(i), copied);
    if (i >= 0) {
      ours.push(tookMs);
      theirs.push(copyMs);
    }
    await sleep(50);
  }
  const files = path.join(project, 'page/many');
  await mkdir(files);
  const startedMs = performance.now();
  for (let i = 0; i < many; i++) await writeFile(path.join(files, i.toString()), text(i));
  const writtenMs = performance.now();
  const last = (many - 1).toString();
  for (const name of ['0', last]) await visible(`many/${name}`, text(Number(name)), startedMs);
  const manyMs = performance.now() - writtenMs;
  const row = (name: string, wallMs: number): Row => ({
    ...{ name, wallMs, firstByteMs: NaN, outBytes: 0, cpuMs: null, peakBytes: null },
  });
  report(
    `from a save to what the container serves, ${rounds.toString()} interleaved edits of 2 kB`,
    [
      row('os: p50', median(ours)),
      row('os: p95', percentile(ours, 0.95)),
      row('PUT archive: p50', median(theirs)),
      row('PUT archive: p95', percentile(theirs, 0.95)),
      row(`os: ${many.toString()} new files, after the last is written`, manyMs),
    ],
    [
      { what: 'one file, p50', value: median(ours), unit: 'ms', atMost: 60 },
      { what: 'one file, p95', value: percentile(ours, 0.95), unit: 'ms', atMost: 120 },
      { what: 'one file, time / PUT archive', value: median(ours) / median(theirs), unit: '×', atMost: 1 },
      { what: `${many.toString()} files`, value: manyMs, unit: 'ms', atMost: 600 },
    ],
  );
} finally {
  session.kill('SIGINT');
  await once(session, 'close');
  emulator('rm', emulated);
  await rm(folder, { recursive: true });
}
