// How long from a save until the container has it: a live session against what copies files with the engine's archive (docker
// cp) and with rsync over SSH, on the same device, in turns; and what watching a large tree takes.
// Usage: npm run bench -- live; an emulated device is booted, and removed at the end.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pack } from 'tar-stream';
import { median, type Row } from './measure.ts';
import { report } from './report.ts';
import { openRsync } from './yardsticks/rsync.ts';

const rounds = 30;
const restarts = 10;
const many = 1000;
const manyRounds = 3;
const treeFiles = 20_000;
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
const row = (name: string, wallMs: number, peakBytes: number | null = null): Row => ({
  ...{ name, wallMs, firstByteMs: NaN, outBytes: 0, cpuMs: null, peakBytes },
});
const text = (i: number): string => createHash('sha512').update(i.toString()).digest('hex').repeat(16);

const folder = await mkdtemp(path.join(tmpdir(), 'os-bench-live-'));
const { device } = emulator('up', emulated, '--supervisor', 'none');
const engine = `http://${device.address}:${String(device.ports.engine)}`;
const project = path.join(folder, 'hello-bench');
await cp(path.join(root, 'examples/hello'), project, { recursive: true });
await mkdir(path.join(project, 'app'));
await writeFile(path.join(project, 'app/word'), 'first');
await writeFile(
  path.join(project, 'Dockerfile.talker'),
  `FROM busybox\nCOPY app /app\nCMD ["sh", "-c", "trap 'exit 0' TERM; cat /app/word; while :; do sleep 0.02; done"]\n`,
);
await writeFile(
  path.join(project, 'compose.yaml'),
  `services:
  main:
    build: .
    network_mode: host
    develop: {watch: [{action: sync, path: page, target: /page}]}
  talker:
    build: {context: ., dockerfile: Dockerfile.talker}
    develop: {watch: [{action: sync+restart, path: app, target: /app}]}
`,
);
const session = spawn(process.execPath, [run, 'push', device.address, '-s', project, '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let told = '';
session.stdout.setEncoding('utf8').on('data', (part: string) => (told += part));

/** Asks until `isThere`; milliseconds since `startedMs` then. */
async function wait(
  what: string,
  startedMs: number,
  isThere: () => Promise<boolean> | boolean,
): Promise<number> {
  while (!(await isThere())) {
    if (performance.now() - startedMs > 60_000)
      throw new Error(`${what} does not come about: ${told.slice(-3000)}`);
    await sleep(1);
  }
  return performance.now() - startedMs;
}

/** Until the container's own web server answers `content`. */
const visible = (page: string, content: string, startedMs: number): Promise<number> =>
  wait(page, startedMs, async () => {
    const answer = await fetch(`http://${device.address}/${page}`).catch(() => undefined);
    return answer?.ok === true && (await answer.text()) === content;
  });

async function post(at: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(engine + at, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** A program in the container that ends when there are as many files in /page/`directory`, begun before they are written. */
async function openCounter(id: string, directory: string): Promise<{ counted: Promise<unknown> }> {
  const script = `echo; until set -- /page/${directory}/*; [ $# -ge ${many.toString()} ]; do usleep 20000; done`;
  const made = await post(`/containers/${id}/exec`, { AttachStdout: true, Cmd: ['sh', '-c', script] });
  const { Id } = (await made.json()) as { Id: string };
  const answer = await post(`/exec/${Id}/start`, { Tty: true });
  return { counted: answer.arrayBuffer() };
}

/** Brings files to /`directory` of a container as `docker cp` does. */
async function archive(
  id: string,
  directory: string,
  { names, content }: { names: readonly string[]; content: string },
): Promise<void> {
  const tar = pack();
  for (const name of names) tar.entry({ name: `${directory}/${name}` }, content);
  tar.finalize();
  const body = await buffer(tar);
  const { ok } = await fetch(`${engine}/containers/${id}/archive?path=/`, { method: 'PUT', body });
  if (!ok) throw new Error('the engine takes no archive');
}

async function writeMany(directory: string, i: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (let name = 0; name < many; name++) await writeFile(path.join(directory, name.toString()), text(i));
}

/** A tree of `treeFiles` files in directories of twenty. */
async function growTree(directory: string): Promise<void> {
  for (let at = 0; at < treeFiles / 20; at++) {
    const own = path.join(directory, (at % 50).toString(), at.toString());
    await mkdir(own, { recursive: true });
    for (let i = 0; i < 20; i++) await writeFile(path.join(own, `${i.toString()}.js`), text(i));
  }
}

try {
  await wait('being in sync', performance.now(), () => told.split('"in-sync"').length > 2);
  const find = async (service: string): Promise<string> => {
    const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.service=${service}`] }));
    const found = (await (await fetch(`${engine}/containers/json?filters=${filters}`)).json()) as {
      Id: string;
    }[];
    return found[0]?.Id ?? '';
  };
  const id = await find('main');
  const details = (await (await fetch(`${engine}/containers/${id}/json`)).json()) as {
    GraphDriver: { Data: { MergedDir: string } };
  };
  const page = `${details.GraphDriver.Data.MergedDir}/page`;
  using rsync = openRsync(device.address, folder);
  const copied = path.join(folder, 'copied');
  await mkdir(copied);

  const [ours, archived, synced]: [number[], number[], number[]] = [[], [], []];
  for (let i = -3; i < rounds; i++) {
    const saved = performance.now();
    await writeFile(path.join(project, 'page/index.html'), text(i));
    const tookMs = await visible('index.html', text(i), saved);
    const put = performance.now();
    await archive(id, 'page', { names: ['put.html'], content: text(i) });
    const putMs = await visible('put.html', text(i), put);
    const begun = performance.now();
    await writeFile(path.join(copied, 'copied.html'), text(i));
    rsync.copy(copied, page);
    const rsyncMs = await visible('copied.html', text(i), begun);
    if (i >= 0) {
      ours.push(tookMs);
      archived.push(putMs);
      synced.push(rsyncMs);
    }
    await sleep(50);
  }

  const talker = await find('talker');
  const [restarted, restartedByHand, bare]: [number[], number[], number[]] = [[], [], []];
  for (let i = -1; i < restarts; i++) {
    const word = `said ${i.toString()} ${Date.now().toString()}`;
    const saved = performance.now();
    await writeFile(path.join(project, 'app/word'), `${word}\n`);
    const tookMs = await wait(word, saved, () => told.includes(word));
    await sleep(300);
    const wordByHand = `by hand ${word}`;
    const put = performance.now();
    await archive(talker, 'app', { names: ['word'], content: `${wordByHand}\n` });
    const restarting = performance.now();
    await post(`/containers/${talker}/restart?t=2`, {});
    const bareMs = performance.now() - restarting;
    const byHandMs = await wait(wordByHand, put, () => told.includes(wordByHand));
    if (i >= 0) {
      restarted.push(tookMs);
      restartedByHand.push(byHandMs);
      bare.push(bareMs);
    }
    await sleep(300);
  }

  const names = Array.from({ length: many }, (_, i) => i.toString());
  const [manyOurs, manyArchived, manySynced]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < manyRounds; i++) {
    const { counted } = await openCounter(id, `ours${i.toString()}`);
    await writeMany(path.join(project, `page/ours${i.toString()}`), i);
    const written = performance.now();
    await counted;
    manyOurs.push(performance.now() - written);
    const put = performance.now();
    await archive(id, `page/put${i.toString()}`, { names, content: text(i) });
    manyArchived.push(performance.now() - put);
    await writeMany(path.join(folder, `many${i.toString()}`), i);
    const begun = performance.now();
    rsync.copy(path.join(folder, `many${i.toString()}`), `${page}/rsync${i.toString()}`);
    manySynced.push(performance.now() - begun);
  }

  const tree = path.join(folder, 'tree');
  await growTree(tree);
  const watched = JSON.parse(
    execFileSync(
      process.execPath,
      ['--import=tsx', path.join(root, 'bench/yardsticks/watch-tree.ts'), tree],
      {
        encoding: 'utf8',
        cwd: root,
      },
    ),
  ) as { readyMs: number; peakBytes: number };
  const hashing = performance.now();
  execFileSync('sh', ['-c', 'find . -type f -exec sha256sum {} + >/dev/null'], { cwd: tree });
  const hashedMs = performance.now() - hashing;

  report(
    `from a save to what the container has: medians of ${rounds.toString()}, ${restarts.toString()} and ${manyRounds.toString()} interleaved rounds`,
    [
      row('os: one file of 2 kB, p50', median(ours)),
      row('os: one file, p95', percentile(ours, 0.95)),
      row('PUT archive (docker cp): one file, p50', median(archived)),
      row(
        'rsync over an open SSH connection, into the host’s view of the container: one file, p50',
        median(synced),
      ),
      row('os: one file, until the service that was started again speaks', median(restarted)),
      row('PUT archive and a restart by the engine, likewise', median(restartedByHand)),
      row('the restart alone, as the engine answers it', median(bare)),
      row(`os: ${many.toString()} new files, after the last is written`, median(manyOurs)),
      row(`PUT archive: ${many.toString()} new files`, median(manyArchived)),
      row(`rsync: ${many.toString()} new files`, median(manySynced)),
      row(`os: a tree of ${treeFiles.toString()} files read and watched`, watched.readyMs, watched.peakBytes),
      row('find and sha256sum: the same files read', hashedMs),
    ],
    [
      { what: 'one file, p50', value: median(ours), unit: 'ms', atMost: 60 },
      { what: 'one file, p95', value: percentile(ours, 0.95), unit: 'ms', atMost: 120 },
      { what: 'one file, time / PUT archive', value: median(ours) / median(archived), unit: '×', atMost: 1 },
      { what: 'one file, time / rsync', value: median(ours) / median(synced), unit: '×', atMost: 0.5 },
      { what: 'one file with a restart', value: median(restarted), unit: 'ms', atMost: 500 },
      {
        what: 'one file with a restart, without what the engine takes for that',
        value: median(restarted) - median(bare),
        ...{ unit: 'ms', atMost: 100 },
      },
      {
        what: 'one file with a restart, time / PUT archive and a restart',
        value: median(restarted) / median(restartedByHand),
        ...{ unit: '×', atMost: 1.1 },
      },
      { what: `${many.toString()} files`, value: median(manyOurs), unit: 'ms', atMost: 600 },
      { what: 'tree, ready', value: watched.readyMs, unit: 'ms', atMost: 3000 },
      { what: 'tree, memory', value: watched.peakBytes / 1e6, unit: 'MB', atMost: 200 },
    ],
  );
} finally {
  session.kill('SIGINT');
  await once(session, 'close');
  emulator('rm', emulated);
  await rm(folder, { recursive: true });
}
