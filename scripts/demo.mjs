// `npm run demo`: installs what is missing, builds, boots an emulated device and does the main job on it. The device is
// removed at the end, unless `--keep` is given.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { interruption, runChild } from './child.mjs';
import { root, say, seconds, setUp } from './setup.mjs';

process.chdir(root);
const device = 'demo';
const program = path.join(root, 'bin/run.js');
/** A copy of the example, to be edited. */
const sources = fs.mkdtempSync(path.join(tmpdir(), 'os-demo-'));
process.on('exit', () => fs.rmSync(sources, { recursive: true, force: true }));
const isKept = process.argv.includes('--keep');

async function os(...args) {
  say(`\n$ os ${args.map(arg => (/^[\w./:=-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ')}`);
  const startedAt = performance.now();
  const { code, signal } = await runChild([program, ...args], {
    ...{ output: 'live', cwd: sources },
    timeoutMs: 10 * 60_000,
  });
  const isDone = code === 0;
  say(
    isDone
      ? `  (${seconds(startedAt)})`
      : `  (${signal ?? `exit status ${code}`} after ${seconds(startedAt)})`,
  );
  return isDone;
}

const readPage = async url => {
  const text = await (await globalThis.fetch(url, { signal: globalThis.AbortSignal.timeout(2000) })).text();
  return /<h1>(.*?)<\/h1>/.exec(text)?.[1] ?? text.trim();
};

/** Fetches a page as a browser would, until the service behind it answers as `isExpected` has it. */
async function fetchPage(url, isExpected = () => true) {
  say(`\nGET ${url}`);
  const startedAt = performance.now();
  for (;;) {
    let failure = 'it stays as it was';
    try {
      const page = await readPage(url);
      if (isExpected(page)) {
        say(page);
        return true;
      }
    } catch (error) {
      failure = error.cause?.message ?? error.message;
    }
    if (performance.now() - startedAt > 10_000) {
      say(`  no page: ${failure}`);
      return false;
    }
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** Edits the page in a live session, and fetches it until it is the edited one. */
async function editLive(url) {
  const args = ['push', device, '--source', 'hello'];
  say(`\n$ os ${args.join(' ')}`);
  const session = spawn(process.execPath, [program, ...args], {
    ...{ cwd: sources, stdio: ['ignore', 'ignore', 'pipe'] },
  });
  const ended = once(session, 'close');
  const inSync = new Promise(resolve => {
    createInterface({ input: session.stderr }).on('line', line => {
      say(line);
      if (line.includes('in sync')) resolve(true);
    });
  });
  const isInSync = await Promise.race([inSync, ended.then(() => false)]);
  let isDone = isInSync;
  if (isInSync) {
    const file = path.join(sources, 'hello/page/index.html');
    const edited = 'Hello again, edited a moment ago.';
    say(`\n$ edit hello/page/index.html`);
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/<h1>.*<\/h1>/, `<h1>${edited}</h1>`));
    const savedAt = performance.now();
    isDone = await fetchPage(url, page => page === edited);
    if (isDone) say(`  (${Math.round(performance.now() - savedAt)} ms after it was saved)`);
  }
  session.kill('SIGINT');
  await ended;
  return isDone;
}

async function play() {
  const { failure, unsuitable } = await setUp(['emulator']);
  if (failure !== undefined) {
    say(failure);
    return 1;
  }
  const build = await runChild(['scripts/build.mjs']);
  if (build.code !== 0) {
    say(build.text);
    return 1;
  }
  if (unsuitable !== undefined) {
    say(
      `No device can be emulated here: ${unsuitable}\nDevices on your network need none of that:\n  node bin/run.js scan`,
    );
    return 2;
  }
  const startedAt = performance.now();
  const steps = [
    ['scan'],
    ['info', device],
    ['ssh', device, '--', 'cat /etc/os-release; uptime'],
    ['push', device, '--source', 'hello', '--detach'],
  ];
  fs.cpSync(path.join(root, 'examples/hello'), path.join(sources, 'hello'), { recursive: true });
  let isDone = await os('emulator', 'up', device, '--hostname', device);
  const isUp = isDone;
  for (const step of steps) isDone = isDone && interruption() === undefined && (await os(...step));
  if (isDone) {
    const { stdout } = spawnSync(process.execPath, ['bin/run.js', 'emulator', 'list', '--json'], {
      encoding: 'utf8',
    });
    const { address } = JSON.parse(stdout).result.find(({ name }) => name === device);
    const url = `http://${address}/`;
    const fetchedAt = performance.now();
    isDone = await fetchPage(url);
    if (isDone)
      say(`  (${seconds(fetchedAt)})\n\nFrom nothing to a page served by a device in ${seconds(startedAt)}.`);
    if (isDone) isDone = await editLive(url);
  }
  if (isUp && isKept)
    say(
      `\nThe device runs on. Go on with:\n  node bin/run.js ssh ${device}\n  node bin/run.js emulator down ${device}`,
    );
  else {
    await os('emulator', 'rm', device);
    say(
      `\nGo on with:\n  node bin/run.js emulator up ${device} --hostname ${device}\n  node bin/run.js ssh ${device}\n  node bin/run.js --help`,
    );
  }
  return isDone ? 0 : 1;
}

process.exitCode = await play();
