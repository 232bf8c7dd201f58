// Prints what mocha's spec reporter prints, and sends the counts, durations and failures to the script that started mocha.
const { reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const durations = [];
    const failures = [];
    runner.on('fail', (test, error) => {
      failures.push({ title: test.fullTitle(), why: String(error?.stack ?? error) });
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
      process.send?.({ passed: passes, failed, skipped: pending, durations, failures });
    });
  }
};
