// Opens the watch of a context, as a live session does; prints how long that takes and what the process needs.
import { systemClock } from '../../src/core/clock.ts';
import { openContextWatch } from '../../src/sync/watch/open-context-watch.ts';

const [directory = '.'] = process.argv.slice(2);
const startedMs = performance.now();
using watch = await openContextWatch(
  { directory, build: { dockerfile: { kind: 'inline', file: '' } }, rules: [] },
  {
    clock: systemClock,
    onWarning(message) {
      throw new Error(message);
    },
  },
);
const readyMs = performance.now() - startedMs;
const paths = watch.tree.nodes.size;
process.stdout.write(JSON.stringify({ readyMs, paths, peakBytes: process.resourceUsage().maxRSS * 1024 }));
