// What `npm test` runs. A job is one child process: `{ stage, title, run }`, where `run({ isLive, shared })` resolves with
// `{ passed, failed, skipped, durations, failures, files, why, text }`, and never rejects. `text` is what was printed, where it
// was not live; `files` has the counts of each test file. A job of test files has `files` too, and `of(files)`, which makes the
// job that runs just these.
import fs from 'node:fs';
import path from 'node:path';
import { runChild } from '../child.mjs';
import { root } from '../setup.mjs';

const bin = file => path.join(root, 'node_modules', file);
const minutes = 60_000;

const tool = (stage, args) => ({
  stage,
  jobsOf: () => [
    {
      stage,
      title: stage,
      run: async () => {
        const { code, text, error } = await runChild(args, { timeoutMs: 10 * minutes });
        return code === 0
          ? { passed: 1, failed: 0 }
          : { passed: 0, failed: 1, why: error?.message ?? text.trimEnd() };
      },
    },
  ],
});

const build = {
  stage: 'build',
  jobsOf: () => [
    {
      stage: 'build',
      title: 'build',
      run: async () => {
        const manifest = () => fs.readFileSync('oclif.manifest.json', 'utf8');
        const committed = fs.existsSync('oclif.manifest.json') ? manifest() : '';
        const { code, text } = await runChild(['scripts/build.mjs'], { timeoutMs: 5 * minutes });
        if (code !== 0) return { passed: 0, failed: 1, why: text.trimEnd() };
        return manifest() === committed
          ? { passed: 2, failed: 0 }
          : { passed: 1, failed: 1, why: 'oclif.manifest.json was stale; it is fresh now: commit it' };
      },
    },
  ],
};

const testFilesIn = folder =>
  (fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }) : [])
    .filter(file => file.endsWith('.test.ts'))
    .map(file => path.join(folder, file))
    .sort();

/** How long after the last test a run may take to end; then something was left open. */
const leakLimitMs = 5_000;

async function runMocha(stage, files, { testTimeoutMs, timeoutMs, grep, unsuitable, isLive, shared }) {
  let counts;
  const { code, signal, endedFor, error, text } = await runChild(
    [
      '--import=tsx',
      bin('mocha/bin/mocha.js'),
      '--no-config',
      '--reporter=scripts/mocha-reporter.cjs',
      `--timeout=${testTimeoutMs}`,
      ...(process.stdout.isTTY ? ['--color'] : ['--no-color']),
      ...(process.env.CI ? ['--forbid-only'] : []),
      ...(grep === undefined ? [] : [`--grep=${grep}`]),
      ...files,
    ],
    {
      output: isLive ? 'live' : 'keep',
      timeoutMs,
      env: {
        ...(unsuitable === undefined ? {} : { OS_TEST_UNSUITABLE: unsuitable }),
        ...(shared === undefined ? {} : { OS_TEST_SHARED_DEVICES: shared }),
      },
      onMessage: (message, end) => {
        counts = message;
        setTimeout(() => end('it does not end: a timer, socket or child was left open'), leakLimitMs).unref();
      },
    },
  );
  if (counts === undefined || endedFor !== undefined) {
    const why = endedFor ?? error?.message ?? `ended early: ${signal ?? `exit status ${code}`}`;
    return {
      ...{ passed: 0, skipped: 0, ...counts },
      ...{ failed: (counts?.failed ?? 0) + 1, why: `${stage}: ${why}`, text },
    };
  }
  // Filtered to nothing is no failure: another stage may hold the tests that were asked for.
  if (code !== 0 && counts.failed === 0 && grep === undefined)
    return { ...counts, failed: 1, why: `${stage}: exit status ${code} with no failed test`, text };
  return { ...counts, text };
}

/** `isPerFile`: each file is a job of its own, so that several can run side by side. */
const mocha = (stage, { testTimeoutMs, timeoutMs, isPerFile = false }) => ({
  stage,
  isMocha: true,
  jobsOf: ({ grep, only, unsuitable }) => {
    const folder = `test/${stage}`;
    const files = testFilesIn(folder).filter(file => only.length === 0 || only.includes(file));
    const job = (title, own) => ({
      stage,
      title,
      isMocha: true,
      files: own,
      of: some => job(some.map(file => path.relative('test', file)).join(', '), some),
      run: async ({ isLive, shared }) =>
        own.length === 0
          ? { passed: 0, failed: 1, why: `no test files in ${folder}` }
          : runMocha(stage, own, { testTimeoutMs, timeoutMs, grep, unsuitable, isLive, shared }),
    });
    return isPerFile && grep === undefined && files.length > 0
      ? files.map(file => job(path.relative('test', file), [file]))
      : [job(stage, files)];
  },
});

/** In the order in which a developer wants to hear of them; `build` comes before all of them. */
export const stages = [
  build,
  tool('types', [bin('typescript/bin/tsc'), '--noEmit']),
  tool('lint', [bin('eslint/bin/eslint.js'), '.', '--max-warnings=0']),
  tool('format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.']),
  tool('imports', [
    bin('dependency-cruiser/bin/dependency-cruise.mjs'),
    '--config=.dependency-cruiser.cjs',
    'src',
  ]),
  tool('unused', [bin('knip/bin/knip.js'), '--no-progress']),
  mocha('unit', { testTimeoutMs: 90_000, timeoutMs: 10 * minutes }),
  mocha('integration', { testTimeoutMs: 120_000, timeoutMs: 30 * minutes }),
  mocha('e2e', { testTimeoutMs: 240_000, timeoutMs: 15 * minutes, isPerFile: true }),
];
