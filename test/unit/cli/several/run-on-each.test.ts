import assert from 'node:assert/strict';
import type { Endpoint, Place } from '../../../../src/cli/place.ts';
import { mostSevere, runOnEach } from '../../../../src/cli/several/run-on-each.ts';
import { reportFailure } from '../../../../src/cli/terminal/report-failure.ts';
import { OsError } from '../../../../src/core/errors.ts';
import { toJsonLine } from '../../../../src/core/json-line.ts';
import { JsonEvents } from '../../../../src/ui/json-events.ts';
import type { OutputMode } from '../../../../src/ui/output.ts';
import { assertKnownEvents } from '../../../support/event-schema.ts';
import { fakeOutput, type FakeOutput } from '../../../support/fake-output.ts';

interface Run {
  readonly output: FakeOutput;
  readonly exitStatus: number;
}

async function runOn(
  devices: readonly string[],
  mode: OutputMode,
  run: (place: Place) => Promise<void> | void,
): Promise<Run> {
  const output = fakeOutput(mode);
  let exitStatus = -1;
  const place: Place = {
    output,
    signal: new AbortController().signal,
    device: undefined,
    claimDevice: () => assert.fail('several devices are not one'),
    watchReader: () => undefined,
    setExitStatus(status) {
      exitStatus = status;
    },
    setRemoteStatus: () => assert.fail("the status of several devices is no program's"),
    [Symbol.dispose]: () => undefined,
  };
  const named = devices.map(device => ({ label: device, word: device }));
  await runOnEach(place, { devices: named, run: async it => run(it) });
  return { output, exitStatus };
}

const fail = (place: Place, error: OsError, jsonShape: 'document' | 'events' = 'document'): void =>
  place.setExitStatus(reportFailure(error, place.output, { jsonShape }));

const linesOf = ({ stdout }: FakeOutput): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>);

describe('a command that runs on several devices', () => {
  it('begins each line with the device that it is of, also where lines come in parts', async () => {
    const { output, exitStatus } = await runOn(['hall', 'kitchen'], 'plain', ({ output: own, device }) => {
      own.answer('on');
      own.answer(`e\ntwo ${device ?? ''}\nthr`);
      own.talk('note\n');
      own.answer('ee');
    });
    assert.equal(
      output.stdout,
      'hall    | one\nhall    | two hall\nkitchen | one\nkitchen | two kitchen\nhall    | three\nkitchen | three\n',
    );
    assert.equal(output.stderr, 'hall    | note\nkitchen | note\n');
    assert.equal(exitStatus, 0);
  });

  it('begins each line with the device also where a program returns to the beginning of a line', async () => {
    const { output } = await runOn(['hall', 'kitchen'], 'plain', ({ output: own, device }) => {
      if (device === 'hall') own.answer('10 %\r20 %\r\none\u2028two\r\n\n');
    });
    assert.equal(output.stdout, 'hall    | 10 %\rhall    | 20 %\r\nhall    | one\u2028two\r\nhall    | \n');
  });

  it('draws nothing, and takes lines as wide as they may be beside the name', async () => {
    await runOn(['hall', 'kitchen'], 'tty', ({ output: own }) => {
      assert.equal(own.mode, 'plain');
      assert.equal(own.isTalkTty, false);
      assert.equal(own.columns(), 90);
      own.showBelow(['never']);
    });
  });

  it('names devices that failed in the same way together', async () => {
    const { output } = await runOn(['hall', 'kitchen', 'yard', 'attic'], 'plain', async place => {
      await Promise.resolve();
      if (place.device === 'kitchen') fail(place, new OsError('build-failed', 'a step fails'));
      else if (place.device !== 'yard') fail(place, new OsError('device-not-found', 'nothing answers'));
    });
    assert.match(
      output.stderr,
      /\nos: 3 of 4 devices failed: hall, attic \(exit status 3\); kitchen \(exit status 5\)\n$/,
    );
  });

  it('goes on where one device fails, names those that failed, and ends with the most severe status', async () => {
    const { output, exitStatus } = await runOn(['hall', 'kitchen', 'yard'], 'plain', async place => {
      if (place.device === 'hall')
        fail(place, new OsError('device-not-found', 'no device named hall answers'));
      await Promise.resolve();
      if (place.device === 'kitchen') fail(place, new OsError('build-failed', 'a step fails'));
      if (place.device === 'yard') place.output.answer('up\n');
    });
    assert.equal(output.stdout, 'yard    | up\n');
    assert.match(output.stderr, /^hall {4}\| os: no device named hall answers\n/);
    assert.match(
      output.stderr,
      /\nos: 2 of 3 devices failed: hall \(exit status 3\); kitchen \(exit status 5\)\n$/,
    );
    assert.equal(exitStatus, 5);
  });

  it('answers with one document, in the order in which the devices were named', async () => {
    const { output } = await runOn(['hall', 'kitchen'], 'json', async ({ output: own, device }) => {
      if (device === 'hall') await new Promise(setImmediate);
      own.answer(toJsonLine({ ok: true, result: { name: device } }));
    });
    assert.deepEqual(linesOf(output), [
      {
        ok: true,
        result: {
          devices: [
            { device: 'hall', ok: true, result: { name: 'hall' } },
            { device: 'kitchen', ok: true, result: { name: 'kitchen' } },
          ],
        },
      },
    ]);
  });

  it('has the failure of each device in the document', async () => {
    const { output, exitStatus } = await runOn(['hall', 'kitchen'], 'json', place => {
      if (place.device === 'hall') fail(place, new OsError('no-space', 'full', { hint: 'os clean' }));
      else place.output.answer(toJsonLine({ ok: true, result: 1 }));
    });
    const [document] = linesOf(output);
    assert.deepEqual(document, {
      ok: false,
      error: {
        code: 'no-space',
        message: '1 of 2 devices failed: hall (exit status 9)',
        hint: null,
        exitCode: 9,
      },
      result: {
        devices: [
          {
            device: 'hall',
            ok: false,
            error: { code: 'no-space', message: 'full', hint: 'os clean', exitCode: 9 },
          },
          { device: 'kitchen', ok: true, result: 1 },
        ],
      },
    });
    assert.equal(exitStatus, 9);
  });

  it('ends with the status of a command of a device, which is no failure of os', async () => {
    const { output, exitStatus } = await runOn(['hall', 'kitchen'], 'json', place => {
      place.output.answer(toJsonLine({ ok: true, result: { status: 42 } }));
      if (place.device === 'hall') place.setRemoteStatus(42);
    });
    assert.equal(linesOf(output)[0]?.['ok'], true);
    assert.equal(exitStatus, 42);
  });

  it('ends with the status of a failure of os before that of any command of a device', async () => {
    const { output, exitStatus } = await runOn(['hall', 'kitchen', 'yard'], 'plain', place => {
      if (place.device === 'hall') place.setRemoteStatus(1);
      if (place.device === 'kitchen') fail(place, new OsError('device-not-found', 'no kitchen'));
      if (place.device === 'yard') place.setRemoteStatus(130);
    });
    assert.match(
      output.stderr,
      /3 of 3 devices failed: hall \(exit status 1\); kitchen .*; yard \(exit status 130\)\n$/,
    );
    assert.equal(exitStatus, 3);
  });

  it('names the device in each event as the person did, and ends the stream once', async () => {
    const { output, exitStatus } = await runOn(['hall', 'kitchen'], 'json', place => {
      const events = new JsonEvents(place.output);
      events.device = 'hall.local';
      events.report({ type: 'warning', message: 'look' });
      if (place.device === 'hall') events.report({ type: 'done' });
      else fail(place, new OsError('service-failed', 'web ends'), 'events');
    });
    assert.deepEqual(
      linesOf(output).map(({ type, device }) => [type, device]),
      [
        ['warning', 'hall'],
        ['device-done', 'hall'],
        ['warning', 'kitchen'],
        ['device-error', 'kitchen'],
        ['error', undefined],
      ],
    );
    assertKnownEvents(linesOf(output) as { type: string }[]);
    assert.deepEqual(linesOf(output).at(-1)?.['devices'], [
      { device: 'hall', exitCode: 0 },
      { device: 'kitchen', exitCode: 6 },
    ]);
    assert.equal(exitStatus, 6);
  });

  it('says nothing of failures where it was interrupted, or nobody reads it any more', async () => {
    for (const [code, status] of [
      ['interrupted', 130],
      ['terminated', 143],
      ['output-closed', 141],
    ] as const) {
      const run = (mode: OutputMode): Promise<Run> =>
        runOn(['hall', 'kitchen'], mode, place => fail(place, new OsError(code, 'ended'), 'events'));
      const { output, exitStatus } = await run('plain');
      assert.equal(output.stderr, '', code);
      assert.equal(exitStatus, status);
      const last = linesOf((await run('json')).output).at(-1);
      assert.deepEqual(last?.['error'], { code, message: 'ended', hint: null, exitCode: status });
    }
  });

  it('names the devices that had failed before it was interrupted', async () => {
    const { output, exitStatus } = await runOn(['hall', 'kitchen'], 'plain', place =>
      fail(place, new OsError(place.device === 'hall' ? 'device-not-found' : 'interrupted', 'ended')),
    );
    assert.match(output.stderr, /\nos: 1 of 2 devices failed: hall \(exit status 3\)\n$/);
    assert.equal(exitStatus, 130);
  });
});

describe('a device that two words name', () => {
  const reachedAt = (endpoints: Readonly<Record<string, Endpoint>>): Promise<Run> =>
    runOn(Object.keys(endpoints), 'plain', place => {
      const endpoint = endpoints[place.device ?? ''];
      assert.ok(endpoint !== undefined);
      try {
        place.claimDevice(endpoint);
        place.claimDevice(endpoint);
        place.output.answer('done\n');
      } catch (error) {
        assert.ok(error instanceof OsError);
        fail(place, error);
      }
    });

  it('is worked on once; the other word is refused, and both are named', async () => {
    for (const [first, second] of [
      [
        { address: '10.0.0.5', port: 22222 },
        { address: '10.0.0.5', port: 22222, engineId: null },
      ],
      [
        { address: '10.0.0.5', port: 2377, engineId: 'ABCD' },
        { address: 'fe80::1%eth0', port: 2377, engineId: 'ABCD' },
      ],
    ] as const) {
      const { output, exitStatus } = await reachedAt({ hall: first, '63ec': second });
      assert.equal(output.stdout, 'hall | done\n');
      assert.match(output.stderr, /^63ec \| os: hall and 63ec are the same device\n/);
      assert.equal(exitStatus, 2);
    }
  });

  it('is not taken for one where ports of one address lead to several devices', async () => {
    const { output, exitStatus } = await reachedAt({
      hall: { address: '10.0.0.5', port: 2201 },
      yard: { address: '10.0.0.5', port: 2202 },
      roof: { address: '10.0.0.6', port: 2377, engineId: null },
      attic: { address: '10.0.0.7', port: 2377, engineId: null },
    });
    assert.equal(output.stderr, '');
    assert.equal(exitStatus, 0);
  });
});

describe('the most severe exit status', () => {
  it('is of what ends all devices, then of the project, then of a device that was reached', () => {
    const worst = (own: readonly number[], remote: readonly number[] = []): number =>
      mostSevere([
        ...own.map(exitStatus => ({ exitStatus, isRemote: false })),
        ...remote.map(exitStatus => ({ exitStatus, isRemote: true })),
      ]);
    assert.equal(worst([]), 0);
    assert.equal(worst([0, 0]), 0);
    assert.equal(worst([3, 0, 4]), 4);
    assert.equal(worst([3, 6, 9]), 6);
    assert.equal(worst([6, 7, 5]), 7);
    assert.equal(worst([1, 7]), 1);
    assert.equal(worst([1, 130, 143]), 143);
    assert.equal(worst([0, 3], [0, 42, 143]), 3);
    assert.equal(worst([0], [1, 255, 42, 0]), 255);
  });
});
