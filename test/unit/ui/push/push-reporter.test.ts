import assert from 'node:assert/strict';
import type { PushEvent } from '../../../../src/release/apply/events.ts';
import { openPushReporter } from '../../../../src/ui/push/push-reporter.ts';
import { renderPlan } from '../../../../src/ui/push/plan.ts';
import { ServiceColumn } from '../../../../src/ui/service-column.ts';
import { fakeOutput, screenOf, type FakeOutput } from '../../../support/fake-output.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const project: PushEvent = { type: 'project', project: 'shop', device: 'mydevice', services: ['web', 'db'] };
const step = (at: number, instruction: string, cause?: string): PushEvent => ({
  ...{ type: 'build-step', service: 'web', step: at, of: 3, instruction },
  ...(cause === undefined ? {} : { cause }),
});
const said = (text: string): PushEvent => ({ type: 'build-output', service: 'web', text });
const built: PushEvent = {
  ...{ type: 'built', service: 'web', image: 'i', steps: 3, cachedSteps: 1, durationMs: 4321 },
};
const done: PushEvent = { type: 'done', outcome: 'updated', durationMs: 4500, sentBytes: 1200 };
const url: PushEvent = { type: 'url', service: 'web', url: 'http://10.0.0.5/' };

/** Events, and milliseconds that pass between them. */
const build: (PushEvent | number)[] = [
  ...[project, step(1, 'FROM busybox'), 20, step(2, 'COPY . .', 'a.js changed')],
  ...[{ type: 'build-cached', service: 'web', step: 2 } as const, 10],
  ...[step(3, 'RUN make'), 1500, said('making'), 2500, said('made'), built],
];

async function play(
  output: FakeOutput,
  events: readonly (PushEvent | number)[],
  look?: () => void,
): Promise<FakeOutput> {
  const clock = new ManualClock();
  using reporter = openPushReporter(output, { showsPlan: false, column: new ServiceColumn() }, clock);
  for (const event of events)
    if (typeof event === 'number') await clock.advance(event);
    else reporter.report(event);
  look?.();
  return output;
}

const screen = ({ writes, size }: FakeOutput): string[] => screenOf(writes.join(''), size.columns);

describe('os push in a pipe', () => {
  it('says of an image that it is pulled, or that it is sent from this machine', async () => {
    const image = { action: 'pull', service: 'web', reference: 'nginx' } as const;
    const plan = { project: 'shop', resources: [], services: [], orphans: [], notes: [] };
    const images = [
      { ...image, cause: 'the device does not have it' },
      { ...image, service: 'db', reference: 'mine:1', cause: 'this machine has it', isLocal: true },
    ];
    const planned: PushEvent = { type: 'planned', plan: { ...plan, images } };
    const { stderr } = await play(fakeOutput('plain'), [project, planned]);
    assert.match(stderr, /^web \| pulling nginx: the device does not have it$/m);
    assert.match(stderr, /^db {2}\| sending mine:1: this machine has it$/m);
    assert.match(renderPlan(planned.plan), /^send mine:1: this machine has it$/m);
  });

  it('is planned with each warning once: a plan has its own notes', () => {
    const output = fakeOutput('plain');
    using reporter = openPushReporter(output, { showsPlan: true, column: new ServiceColumn() });
    const [move, note] = ['shop is to be moved', 'a supervisor runs here'];
    const plan = { project: 'shop', images: [], resources: [], services: [], orphans: [], notes: [note] };
    const warnings = [move, note].map((message): PushEvent => ({ type: 'warning', message }));
    for (const event of [project, ...warnings, { type: 'planned', plan } as const]) reporter.report(event);
    assert.equal(output.stderr, `shop on mydevice\n${move}\n`);
    assert.equal(output.stdout, renderPlan(plan));
    assert.ok(output.stdout.includes(note));
  });

  it('tells each step when it begins', async () => {
    const { stdout, stderr } = await play(fakeOutput('plain'), [...build, url, done]);
    assert.equal(stdout, 'http://10.0.0.5/\n');
    assert.equal(
      stderr,
      `shop on mydevice
web | step 1/3: FROM busybox
web | step 2/3: COPY . . (a.js changed)
web | step 3/3: RUN make
web | [3/3] making
web | [3/3] made
web | built in 4.3 s, 1 of 3 steps from the cache
done in 4.5 s, 1.2 kB sent
`,
    );
  });

  it('tells of a pull when it begins, as that may take long', async () => {
    const pull: PushEvent[] = [
      { type: 'pulling', image: 'node:22-alpine' },
      { type: 'pull-progress', image: 'node:22-alpine', doneBytes: 1, totalBytes: 2 },
      { type: 'pulled', image: 'node:22-alpine', durationMs: 65_000 },
    ];
    const told = 'pulling node:22-alpine\npulled node:22-alpine in 1 min 5 s\n';
    assert.equal((await play(fakeOutput('plain'), pull)).stderr, told);
    assert.deepEqual(screen(await play(fakeOutput('tty'), pull)), ['pulled node:22-alpine in 1 min 5 s']);
  });

  it('tells of each container of no service, whether it is removed or left', async () => {
    const orphans = [
      { id: '1', name: 'shop-old-1', isRemoved: true },
      { id: '2', name: 'shop-kept-1', isRemoved: false },
    ];
    const plan = { project: 'shop', images: [], resources: [], services: [], notes: [] };
    const planned: PushEvent = { type: 'planned', plan: { ...plan, orphans } };
    const told = [
      'removing shop-old-1: the project has no such service',
      'shop-kept-1 belongs to no service of the project; --remove-orphans removes it',
    ];
    assert.equal((await play(fakeOutput('plain'), [planned])).stderr, `${told.join('\n')}\n`);
    assert.deepEqual(screen(await play(fakeOutput('tty'), [planned])), told);
  });

  it('lets nothing foreign reach the terminal but text', async () => {
    const { stderr } = await play(fakeOutput('plain'), [project, said('\x1b[2Ja\x07b\u202e')]);
    assert.equal(stderr, 'shop on mydevice\nweb | [build] a?b?\n');
  });
});

describe('os push on a terminal', () => {
  it('tells each step when it is over, with what became of it, or when it prints', async () => {
    const output = await play(fakeOutput('tty'), [...build, url, done]);
    assert.deepEqual(screen(output), [
      'shop on mydevice',
      'web | step 1/3: FROM busybox',
      'web | step 2/3: COPY . . (a.js changed; cached)',
      'web | step 3/3: RUN make',
      'web | [3/3] making',
      'web | [3/3] made',
      'web | [3/3] took 4.0 s',
      'web | built in 4.3 s, 1 of 3 steps from the cache',
      'http://10.0.0.5/',
      'done in 4.5 s, 1.2 kB sent',
    ]);
  });

  it('keeps what is under way below, once a second anew where nothing else happens', async () => {
    const output = fakeOutput('tty');
    await play(output, [project, step(3, 'RUN make'), 10_000], () => {
      assert.deepEqual(
        screen(output).map(line => line.replaceAll(/ +/g, ' ')),
        ['shop on mydevice', 'web | step 3/3 RUN make 10 s', 'reading the project 10 s'],
      );
      assert.ok(output.writes.length <= 14, output.writes.length.toString());
    });
    assert.deepEqual(screen(output), ['shop on mydevice', 'web | step 3/3: RUN make']);
  });

  it('draws no more than 13 frames a second, however much is printed, and loses no line', async () => {
    const output = fakeOutput('tty');
    const noise = Array.from({ length: 1000 }, (_, i) => [said(`line ${i.toString()}`), 1]).flat();
    await play(output, [project, step(3, 'RUN make'), 100, ...noise]);
    assert.ok(output.writes.length <= 18, output.writes.length.toString());
    assert.deepEqual(
      screen(output).slice(2),
      Array.from({ length: 1000 }, (_, i) => `web | [3/3] line ${i.toString()}`),
    );
  });

  it('draws nothing once the services are up, whatever else is printed then', async () => {
    const output = fakeOutput('tty');
    await play(output, [project, step(3, 'RUN make'), 1000, { ...done, type: 'up' }], () => {
      output.writes.length = 0;
      output.talk('web | hello\n');
      assert.deepEqual(output.writes, ['web | hello\n']);
    });
  });

  it('is quiet with --quiet', async () => {
    const { writes } = await play(fakeOutput('tty', { isQuiet: true }), [...build, url, done]);
    assert.deepEqual(writes, ['http://10.0.0.5/\n']);
  });
});
