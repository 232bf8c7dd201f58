// `npm test`: everything that CI runs, on a machine with Node and nothing else.
//
//   npm test                               all of it
//   npm test -- unit lint                  only these stages
//   npm test -- test/e2e/push.test.ts      only these files
//   npm test -- --grep words               only the tests whose titles hold these words
//
// The last line is `N passed, N failed`. Exit status: 0 all passed; 1 something failed, or nothing ran; 2 nothing failed,
// but this machine can't run everything.
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { interruption } from './child.mjs';
import { root, say, seconds, setUp } from './setup.mjs';
import { stages } from './test/jobs.mjs';
import { takeFailing } from './test/second-chance.mjs';
import { openSharedDevices } from './test/shared-devices.mjs';

process.chdir(root);

const { values, positionals } = parseArgs({ options: { grep: { type: 'string' } }, allowPositionals: true });
const only = positionals.filter(it => it.endsWith('.test.ts')).map(it => path.normalize(it));
const names = positionals.filter(it => !it.endsWith('.test.ts'));
const unknown = names.filter(name => !stages.some(({ stage }) => stage === name));
if (unknown.length > 0) {
  const known = stages.map(({ stage }) => stage).join(', ');
  say(`no such stage: ${unknown.join(', ')}. There are: ${known}`);
  process.exit(1);
}
const isWanted = ({ stage, isMocha }) => {
  if (positionals.length > 0)
    return names.includes(stage) || only.some(file => file.startsWith(`test/${stage}/`));
  return values.grep === undefined || isMocha === true;
};
const wantsMachine = stages.some(it => isWanted(it) && ['integration', 'e2e'].includes(it.stage));
const chosen = stages.filter(it => isWanted(it) || (it.stage === 'build' && wantsMachine));

const startedAt = performance.now();
const total = { passed: 0, failed: 0, skipped: 0 };
const { failure, unsuitable } = await setUp(wantsMachine ? ['emulator', 'tests'] : []);
if (failure !== undefined) {
  say(failure);
  total.failed += 1;
}
if (unsuitable !== undefined)
  say(
    `This machine can't run everything: ${unsuitable}\nWhat needs no device and no test network still runs; the rest is skipped.`,
  );

const shared = wantsMachine && unsuitable === undefined ? openSharedDevices() : undefined;

const reasons = [];
const slowest = [];
const failed = [];
/** Stage → its jobs that are not done, its counts, and when its first job began. */
const states = new Map(
  chosen.map(({ stage }) => [stage, { left: 0, passed: 0, failed: 0, skipped: 0, sinceMs: undefined }]),
);
const times = [];

/** The first and the last lines of `text`, indented. */
function shortened(text) {
  const lines = text.trimEnd().split('\n');
  const middle = lines.length - 40;
  if (middle > 1) lines.splice(20, middle, `… ${middle} more lines`);
  return lines.map(line => `    ${line.slice(0, 400)}`).join('\n');
}

/** Test files that run once more, alone, when all others are done, and those of them that passed then. */
const again = [];
const unsteady = [];

async function runJob(job, isLive, isAgain = false) {
  const state = states.get(job.stage);
  state.sinceMs ??= performance.now();
  const sinceMs = performance.now();
  if (isLive && job.isMocha) say(`\n${job.title}`);
  const full = await job.run({ isLive, shared: shared?.home });
  if (!isLive && job.isMocha) say(`\n${job.title}   ${seconds(sinceMs)}\n${full.text?.trimEnd() ?? ''}`);
  const isEverything = positionals.length === 0 && values.grep === undefined;
  const maySplit = isEverything && !isAgain && interruption() === undefined;
  const split = maySplit ? takeFailing(job, full, again.length) : { rest: full, again: [] };
  again.push(...split.again);
  state.left += split.again.length;
  const { rest: result } = split;
  const { skipped = 0, why, durations = [], failures = [] } = result;
  slowest.push(...durations.map(it => ({ ...it, stage: job.stage })));
  failed.push(...failures.map(it => ({ ...it, title: `${job.title}: ${it.title}` })));
  if (result.failed > failures.length && why !== undefined) failed.push({ title: job.title, why });
  for (const [key, count] of Object.entries({ passed: result.passed, failed: result.failed, skipped })) {
    state[key] += count;
    total[key] += count;
  }
  if (why !== undefined) {
    say(why);
    if (job.isMocha) reasons.push(why);
  }
  state.left -= 1;
  if (state.left > 0) return result;
  const counted = [
    state.passed > 0 && `${state.passed} passed`,
    state.failed > 0 && `${state.failed} failed`,
    state.skipped > 0 && `${state.skipped} skipped`,
  ];
  const mark = state.failed > 0 ? '✗' : '✓';
  const line = `${mark} ${job.stage.padEnd(12)} ${counted.filter(Boolean).join(', ').padEnd(28)} ${seconds(state.sinceMs)}`;
  times.push(line);
  say(line);
  return result;
}

/** Runs `jobs` in their order, `lanes` of them side by side. */
async function runAll(jobs, lanes) {
  const queue = [...jobs];
  const isLive = lanes === 1 || jobs.length === 1;
  const runLane = async () => {
    while (queue.length > 0 && interruption() === undefined) await runJob(queue.shift(), isLive);
  };
  await Promise.all(Array.from({ length: lanes }, runLane));
}

if (failure === undefined) {
  const jobs = chosen.flatMap(it => it.jobsOf({ grep: values.grep, only, unsuitable }));
  for (const { stage } of jobs) states.get(stage).left += 1;
  const [first, rest] = [
    jobs.filter(({ stage }) => stage === 'build'),
    jobs.filter(({ stage }) => stage !== 'build'),
  ];
  // What all others run is made before them. More side by side than there are cores takes no less time, and each test more.
  await runAll(first, 1);
  await runAll(rest, values.grep === undefined ? Math.min(4, Math.max(2, os.availableParallelism())) : 1);
  for (const { job, failures } of again) {
    if (interruption() !== undefined) break;
    say(`\n${job.title} failed beside others; it runs again, alone`);
    const { failed: stillFailing } = await runJob(job, true, true);
    if (stillFailing === 0)
      unsteady.push(...failures.map(it => ({ ...it, title: `${job.title}: ${it.title}` })));
  }
}

await shared?.close();

// Once more at the end, for readers of long logs, who may have just their last lines.
if (failed.length > 0) {
  say('\nthe failures');
  for (const { title, why } of failed) say(`✗ ${title}\n${shortened(why)}\n`);
}
if (unsteady.length > 0) {
  say(
    '\nunsteady: failed beside others, passed alone. A fault of the test, or a rare one of the program: find out which',
  );
  for (const { title, why } of unsteady) say(`~ ${title}\n${shortened(why)}\n`);
}
if (slowest.length > 0) {
  say('\nthe ten slowest');
  for (const { title, ms, stage } of slowest.sort((a, b) => b.ms - a.ms).slice(0, 10))
    say(`${(ms / 1000).toFixed(1).padStart(7)} s  ${stage}: ${title}`);
  say('\nthe stages');
  times.forEach(line => say(line));
}

say('');
reasons.forEach(say);
if (interruption() !== undefined) {
  say('interrupted: what came after was not run');
  total.failed += 1;
}
if (total.skipped > 0) say(`${total.skipped} skipped${unsuitable === undefined ? '' : `: ${unsuitable}`}`);
if (total.passed + total.failed === 0) say('no test ran');
say(`in ${seconds(startedAt)}`);
say(`${total.passed} passed, ${total.failed} failed`);
process.exitCode =
  total.failed > 0 || total.passed === 0 ? 1 : total.skipped > 0 && unsuitable !== undefined ? 2 : 0;
