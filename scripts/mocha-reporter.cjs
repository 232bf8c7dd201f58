// Prints what mocha's spec reporter prints, and sends the counts, durations and failures to the script that started mocha.
const path = require('node:path');
const { reporters } = require('mocha');

const fileOf = ({ file, parent }) => file ?? (parent === undefined ? undefined : fileOf(parent));
const relativeFileOf = runnable => {
  const file = fileOf(runnable);
  return file && path.relative(process.cwd(), file);
};

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const durations = [];
    const failures = [];
    /** Counts of each test file. */
    const files = {};
    const count = (runnable, outcome) => {
      const file = relativeFileOf(runnable);
      if (file === undefined) return;
      files[file] ??= { passed: 0, failed: 0, skipped: 0 };
      files[file][outcome] += 1;
    };
    runner.on('pass', test => count(test, 'passed'));
    runner.on('pending', test => count(test, 'skipped'));
    runner.on('fail', (test, error) => {
      count(test, 'failed');
      const why = String(error?.stack ?? error);
      failures.push({ title: test.fullTitle(), file: relativeFileOf(test), why });
    });
    runner.on('test end', test => {
      if (test.duration !== undefined) durations.push({ title: test.fullTitle(), ms: test.duration });
    });
    // Hooks take time too: devices boot in them.
    runner.on('hook end', hook => {
      if (hook.duration !== undefined) durations.push({ title: hook.fullTitle(), ms: hook.duration });
    });
    runner.once('end', () => {
      const { passes, failures: failed, pending } = this.stats;
      process.send?.({ passed: passes, failed, skipped: pending, durations, failures, files });
    });
  }
};
