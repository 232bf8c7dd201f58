// A second run of test files that failed beside others: on a busy machine a test may fail by a time limit, or by an order of
// events that it did not expect. What failed first is told all the same: it is a fault of the test, or a rare one of the program.

/** With more failing files than this there is a cause that is not chance. */
const mostFiles = 3;

/**
 * Takes the failing test files out of a job's result: `{ rest, again }`, where `rest` is the result of the other files, and
 * `again` has `{ job, failures }` for each failing one: the job that runs just that file, and what failed in it first.
 * Nothing is taken out where more files have failed than `mostFiles`, `known` of them earlier, or where it is not known
 * which did.
 */
export function takeFailing(job, result, known) {
  const untouched = { rest: result, again: [] };
  const { failures = [], files = {} } = result;
  if (job.of === undefined || result.failed === 0) return untouched;
  if (job.files.length === 1) {
    const told = failures.length > 0 ? failures : [{ title: job.title, why: result.why ?? 'it failed' }];
    return known < mostFiles
      ? { rest: { passed: 0, failed: 0, durations: result.durations }, again: [{ job, failures: told }] }
      : untouched;
  }
  const failing = [...new Set(failures.map(({ file }) => file))];
  const isKnown = result.failed === failures.length && failing.every(file => files[file] !== undefined);
  if (!isKnown || known + failing.length > mostFiles) return untouched;
  const rest = { ...result, failed: 0, failures: [], why: undefined };
  for (const file of failing) {
    rest.passed -= files[file].passed;
    rest.skipped -= files[file].skipped;
  }
  const again = failing.map(file => ({
    job: job.of([file]),
    failures: failures.filter(it => it.file === file),
  }));
  return { rest, again };
}
