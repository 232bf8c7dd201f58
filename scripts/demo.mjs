// `npm run demo`: installs what is missing, builds, boots an emulated device and does the main job on it. The device is
// stopped at the end, unless `--keep` is given.
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
    ['ssh', device, '--', 'balena-engine', 'images'],
  ];
  let isDone = await os('emulator', 'up', device, '--hostname', device);
  const isUp = isDone;
  for (const step of steps) isDone = isDone && interruption() === undefined && (await os(...step));
  if (isDone) say(`\nFrom nothing to a device in hand in ${seconds(startedAt)}.`);
  if (isUp && isKept)
    say(
      `\nThe device runs on. Go on with:\n  node bin/run.js ssh ${device}\n  node bin/run.js emulator down ${device}`,
    );
  else {
    await os('emulator', 'down', device);
    say(
      `\nGo on with:\n  node bin/run.js emulator up ${device}\n  node bin/run.js ssh ${device}\n  node bin/run.js --help`,
    );
  }
  return isDone ? 0 : 1;
}

process.exitCode = await play();
