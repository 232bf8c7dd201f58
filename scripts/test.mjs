// `npm test`: everything that CI runs, on a machine with Node and nothing else.
//
//   npm test                     all of it
//   npm test -- unit lint        only these stages
//   npm test -- --grep words     only the tests whose titles hold these words
//
// The last line is `N passed, N failed`. Exit status: 0 all passed; 1 something failed, or nothing ran; 2 nothing failed,
// but this machine can't run everything.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { interruption, runChild } from './child.mjs';
import { root, say, seconds, setUp } from './setup.mjs';

process.chdir(root);
const bin = file => path.join(root, 'node_modules', file);
const minutes = 60_000;

const tool = (name, args) => ({
  name,
  run: async () => {
    const { code, text, error } = await runChild(args, { timeoutMs: 10 * minutes });
    return code === 0
      ? { passed: 1, failed: 0 }
      : { passed: 0, failed: 1, why: error?.message ?? text.trimEnd() };
  },
});

const freshBuild = {
  name: 'build',
  run: async () => {
    const manifest = () => fs.readFileSync('oclif.manifest.json', 'utf8');
    const committed = fs.existsSync('oclif.manifest.json') ? manifest() : '';
    const { code, text } = await runChild(['scripts/build.mjs'], { timeoutMs: 5 * minutes });
    if (code !== 0) return { passed: 0, failed: 1, why: text.trimEnd() };
    return manifest() === committed
      ? { passed: 2, failed: 0 }
      : { passed: 1, failed: 1, why: 'oclif.manifest.json was stale; it is fresh now: commit it' };
  },
};

const testFiles = folder =>
  (fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }) : [])
    .filter(file => file.endsWith('.test.ts'))
    .map(file => path.join(folder, file))
    .sort();

/** How long after the last test a run may take to end; then something was left open. */
const leakLimitMs = 5_000;

const mocha = (name, { testTimeoutMs, stageTimeoutMs }) => ({
  name,
  isMocha: true,
  run: async ({ grep, unsuitable }) => {
    const files = testFiles(`test/${name}`);
    if (files.length === 0) return { passed: 0, failed: 1, why: `no test files in test/${name}` };
    let counts;
    const { code, signal, endedFor, error } = await runChild(
      [
        '--import=tsx',
        bin('mocha/bin/mocha.js'),
        '--no-config',
        '--reporter=scripts/mocha-reporter.cjs',
        `--timeout=${testTimeoutMs}`,
        ...(process.stdout.isTTY ? [] : ['--no-color']),
        ...(process.env.CI ? ['--forbid-only'] : []),
        ...(grep === undefined ? [] : [`--grep=${grep}`]),
        ...files,
      ],
      {
        output: 'live',
        timeoutMs: stageTimeoutMs,
        env: unsuitable === undefined ? {} : { OS_TEST_UNSUITABLE: unsuitable },
        onMessage: (message, end) => {
          counts = message;
          setTimeout(
            () => end('it does not end: a timer, socket or child was left open'),
            leakLimitMs,
          ).unref();
        },
      },
    );
    if (counts === undefined || endedFor !== undefined) {
      const why = endedFor ?? error?.message ?? `ended early: ${signal ?? `exit status ${code}`}`;
      return {
        ...{ passed: 0, skipped: 0, ...counts },
        failed: (counts?.failed ?? 0) + 1,
        why: `${name}: ${why}`,
      };
    }
    // Filtered to nothing is no failure: another stage may hold the tests that were asked for.
    if (code !== 0 && counts.failed === 0 && grep === undefined)
      return { ...counts, failed: 1, why: `${name}: exit status ${code} with no failed test` };
    return counts;
  },
});

const stages = [
  tool('types', [bin('typescript/bin/tsc'), '--noEmit']),
  tool('lint', [bin('eslint/bin/eslint.js'), '.', '--max-warnings=0']),
  tool('format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.']),
  tool('imports', [
    bin('dependency-cruiser/bin/dependency-cruise.mjs'),
    '--config=.dependency-cruiser.cjs',
    'src',
  ]),
  tool('unused', [bin('knip/bin/knip.js'), '--no-progress']),
  freshBuild,
  mocha('unit', { testTimeoutMs: 30_000, stageTimeoutMs: 5 * minutes }),
  mocha('integration', { testTimeoutMs: 60_000, stageTimeoutMs: 15 * minutes }),
  mocha('e2e', { testTimeoutMs: 120_000, stageTimeoutMs: 45 * minutes }),
];

const { values, positionals } = parseArgs({ options: { grep: { type: 'string' } }, allowPositionals: true });
const unknown = positionals.filter(name => !stages.some(stage => stage.name === name));
if (unknown.length > 0) {
  say(`no such stage: ${unknown.join(', ')}. There are: ${stages.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}
const isWanted = ({ name, isMocha }) =>
  positionals.length > 0 ? positionals.includes(name) : values.grep === undefined || isMocha === true;
const wantsMachine = stages.some(stage => isWanted(stage) && ['integration', 'e2e'].includes(stage.name));
const chosen = stages.filter(stage => isWanted(stage) || (stage === freshBuild && wantsMachine));

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

const reasons = [];
for (const stage of failure === undefined ? chosen : []) {
  if (interruption() !== undefined) break;
  const stageStartedAt = performance.now();
  if (stage.isMocha) say(`\n${stage.name}`);
  const { passed, failed, skipped = 0, why } = await stage.run({ grep: values.grep, unsuitable });
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  if (why !== undefined) {
    say(why);
    if (stage.isMocha) reasons.push(why);
  }
  const mark = failed > 0 ? '✗' : '✓';
  const counted = [
    passed > 0 && `${passed} passed`,
    failed > 0 && `${failed} failed`,
    skipped > 0 && `${skipped} skipped`,
  ];
  say(
    `${mark} ${stage.name.padEnd(12)} ${counted.filter(Boolean).join(', ').padEnd(28)} ${seconds(stageStartedAt)}`,
  );
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
