import assert from 'node:assert/strict';
import type { PushEvent } from '../../../../src/release/apply/events.ts';
import type { PlanReport } from '../../../../src/release/plan/plan-report.ts';
import { displayWidth } from '../../../../src/ui/display-width.ts';
import {
  emptyPushView,
  isIdle,
  nextPushView,
  renderPushView,
  type PushView,
} from '../../../../src/ui/push/push-view.ts';

const plan = (...images: PlanReport['images']): PlanReport => ({
  ...{ project: 'shop', images, resources: [], services: [], orphans: [], notes: [] },
});
const build = (service: string): PlanReport['images'][number] => ({
  ...{ action: 'build', service, reference: `shop-${service}`, cause: 'it has no image yet' },
});
const begin: PushEvent[] = [
  { type: 'project', project: 'shop', device: 'mydevice', services: ['web', 'worker', 'db'] },
  {
    type: 'planned',
    plan: plan(build('web'), build('worker'), {
      ...{ action: 'pull', service: 'db', reference: 'postgres:16', cause: 'the device does not have it' },
    }),
  },
];
const step = (service: string, at: number, of: number, instruction: string): PushEvent => ({
  ...{ type: 'build-step', service, step: at, of, instruction },
});

/** Events with the second at which each comes. */
function play(...events: (PushEvent | number)[]): { view: PushView; nowMs: number } {
  let view = emptyPushView([]);
  let nowMs = 0;
  for (const event of events)
    if (typeof event === 'number') nowMs = event * 1000;
    else view = nextPushView(view, event, nowMs);
  return { view, nowMs };
}

const shown = (
  { view, nowMs }: { view: PushView; nowMs: number },
  columns = 60,
  rows = 24,
  style: (style: unknown, text: string) => string = (_style, text) => text,
): string[] => renderPushView(view, { nowMs, columns, rows, style });

const busy = [
  ...begin,
  2,
  { type: 'upload', service: 'worker', sentBytes: 1_200_000, totalBytes: 45_000_000 },
  { type: 'pull-progress', image: 'postgres:16', doneBytes: 12_300_000, totalBytes: 98_100_000 },
  3,
  step('web', 3, 7, 'RUN npm ci --omit=dev --no-audit --no-fund --loglevel=error'),
  { type: 'upload', service: 'worker', sentBytes: 20_000_000, totalBytes: 45_000_000 },
  66,
] as const;

const collapse = (line: string): string => line.replaceAll(/ +/g, ' ');

describe('what of a push is under way', () => {
  it('is a line a service with its step and the time it takes, what is sent, what is pulled, and the whole', () => {
    assert.deepEqual(shown(play(...busy)), [
      'pulling postgres:16 12.3 MB of 98.1 MB            1 min 4 s',
      'web    | step 3/7 RUN npm ci --omit=dev --no-au…  1 min 3 s',
      'worker | sending 20.0 MB of 45.0 MB               1 min 4 s',
      '0 of 3 images ready                               1 min 6 s',
    ]);
  });

  it('fits a narrow terminal', () => {
    assert.deepEqual(shown(play(...busy), 40), [
      'pulling postgres:16 12.3 MB…  1 min 4 s',
      'web    | step 3/7 RUN npm c…  1 min 3 s',
      'worker | sending 20.0 MB of…  1 min 4 s',
      '0 of 3 images ready           1 min 6 s',
    ]);
    for (let columns = 1; columns < 120; columns++)
      for (const line of shown(play(...busy), columns))
        assert.ok(displayWidth(line) < Math.max(2, columns), `${columns.toString()}: ${line}`);
  });

  it('fits a low terminal, and says what it leaves out', () => {
    assert.deepEqual(shown(play(...busy), 60, 5).slice(1), [
      'web    | step 3/7 RUN npm ci --omit=dev --no-au…  1 min 3 s',
      '… and 2 more',
    ]);
  });

  it('keeps the time where it is found easily on a wide one', () => {
    assert.ok(shown(play(...busy), 300).every(line => displayWidth(line) === 100));
  });

  it('begins the time of each step anew', () => {
    const line = (...events: (PushEvent | number)[]): string => shown(play(...begin, ...events))[0] ?? '';
    assert.match(line(1, step('web', 1, 2, 'FROM a'), 5), /step 1\/2 FROM a +4 s$/);
    assert.match(
      line(1, step('web', 1, 2, 'FROM a'), 5, step('web', 2, 2, 'RUN b'), 8),
      /step 2\/2 RUN b +3 s$/,
    );
  });

  it('lets go of what is over, and counts it', () => {
    const built: PushEvent = {
      ...{ type: 'built', service: 'web', image: 'i', steps: 7, cachedSteps: 1, durationMs: 1 },
    };
    const pulled: PushEvent = { type: 'pulled', image: 'postgres:16', durationMs: 1 };
    const begun = [...begin, 1, step('web', 1, 2, 'FROM a'), 2] as const;
    assert.deepEqual(shown(play(...begun, built, pulled)).map(collapse), ['2 of 3 images ready 2 s']);
    const after = play(...[...begun, built, 3], {
      type: 'service',
      service: 'db',
      state: 'starting',
      cause: 'it has no container yet',
    });
    assert.deepEqual(shown(after).map(collapse), [
      'db | starting 0 s',
      'waiting until the services are up 3 s',
    ]);
    assert.ok(isIdle(play(...busy, { ...done, type: 'up' }).view));
  });

  it('is cleared when a build fails, as the others are cancelled', () => {
    const failed: PushEvent = { type: 'build-failed', service: 'web', step: 3, message: 'it returned 1' };
    assert.deepEqual(shown(play(...busy, failed)), []);
  });

  it('is nothing where a push takes no time', () => {
    assert.deepEqual(shown(play(...begin, 0.1)), []);
  });

  it('says that a pulled image is unpacked, when all of it is there', () => {
    const here: PushEvent = { type: 'pull-progress', image: 'a', doneBytes: 5, totalBytes: 5 };
    assert.match(shown(play(...begin, here, 1))[0] ?? '', /^unpacking a +1 s$/);
  });

  it('is printable, whatever the Dockerfile says, and wide characters count twice', () => {
    const lines = shown(
      play(...begin, step('web', 1, 2, 'RUN \x1b[2J日本語日本語日本語日本語日本語日本語'), 1),
      40,
    );
    assert.equal(lines[0], 'web    | step 1/2 RUN 日本語日本…   1 s');
    assert.ok(lines.every(line => displayWidth(line) < 40));
  });

  it('has each service in the colour of its lines', () => {
    const lines = shown(play(...busy), 60, 24, (style, text) => `<${String(style)}>${text}</>`);
    assert.match(lines[1] ?? '', /^<cyan>web {4}\|<\/> step 3\/7 .* {2}<dim>1 min 3 s<\/>$/);
    assert.match(lines[2] ?? '', /^<yellow>worker \|<\/> sending/);
  });
});

const done: PushEvent & { type: 'done' | 'up' } = {
  ...{ type: 'done', outcome: 'updated', durationMs: 1, sentBytes: 1 },
};
