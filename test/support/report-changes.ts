// A program that watches the context in a directory, and prints what it is told: a JSON array a line.
import path from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { openContextWatch } from '../../src/sync/watch/open-context-watch.ts';
import { contextIn } from './watched-context.ts';

const say = (...line: string[]): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const stop = new AbortController();
const [directory = '.'] = process.argv.slice(2);
using watch = await openContextWatch(contextIn(path.resolve(directory)), {
  clock: systemClock,
  onWarning: message => say('warning', message),
});
say('ready');
await watch.run({ onBatch: changed => say('changed', ...changed.keys()) }, stop.signal);
