// `npm run demo`: installs what is missing, builds, boots an emulated device and does the main job on it. The device is
// removed at the end, unless `--keep` is given.
import { spawnSync } from 'node:child_process';
import { interruption, runChild } from './child.mjs';
import { root, say, seconds, setUp } from './setup.mjs';

process.chdir(root);
const device = 'demo';
const isKept = process.argv.includes('--keep');

async function os(...args) {
  say(`\n$ os ${args.map(arg => (/^[\w./:=-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ')}`);
  const startedAt = performance.now();
  const { code, signal } = await runChild(['bin/run.js', ...args], {
    output: 'live',
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

/** Fetches a page as a browser would, once the service behind it answers. */
async function fetchPage(url) {
  say(`\nGET ${url}`);
  const startedAt = performance.now();
  for (;;) {
    try {
      const text = await (
        await globalThis.fetch(url, { signal: globalThis.AbortSignal.timeout(2000) })
      ).text();
      say(`${/<h1>(.*?)<\/h1>/.exec(text)?.[1] ?? text.trim()}\n  (${seconds(startedAt)})`);
      return true;
    } catch (error) {
      if (performance.now() - startedAt > 10_000) {
        say(`  no page: ${error.cause?.message ?? error.message}`);
        return false;
      }
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }
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
    ['push', device, '--source', 'examples/hello', '--detach'],
  ];
  let isDone = await os('emulator', 'up', device, '--hostname', device);
  const isUp = isDone;
  for (const step of steps) isDone = isDone && interruption() === undefined && (await os(...step));
  if (isDone) {
    const { stdout } = spawnSync(process.execPath, ['bin/run.js', 'emulator', 'list', '--json'], {
      encoding: 'utf8',
    });
    const { address } = JSON.parse(stdout).result.find(({ name }) => name === device);
    isDone = await fetchPage(`http://${address}/`);
  }
  if (isDone) isDone = await os('push', device, '--source', 'examples/hello', '--detach');
  if (isDone) say(`\nFrom nothing to a page served by a device in ${seconds(startedAt)}.`);
  if (isUp && isKept)
    say(
      `\nThe device runs on. Go on with:\n  node bin/run.js ssh ${device}\n  node bin/run.js emulator down ${device}`,
    );
  else {
    await os('emulator', 'rm', device);
    say(
      `\nGo on with:\n  node bin/run.js emulator up ${device}\n  node bin/run.js ssh ${device}\n  node bin/run.js --help`,
    );
  }
  return isDone ? 0 : 1;
}

process.exitCode = await play();
