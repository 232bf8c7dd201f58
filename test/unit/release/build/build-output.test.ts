import assert from 'node:assert/strict';
import { BuildOutputReader } from '../../../../src/release/build/build-output.ts';
import type { BuildEvent } from '../../../../src/release/apply/events.ts';

describe('the output of the classic builder', () => {
  const read = (text: string, hiddenSteps = 0): { events: BuildEvent[]; reader: BuildOutputReader } => {
    const events: BuildEvent[] = [];
    const reader = new BuildOutputReader('web', { report: event => events.push(event), hiddenSteps });
    for (const piece of text.match(/[\s\S]{1,7}/g) ?? []) reader.read(piece);
    reader.end();
    return { events, reader };
  };

  it('is steps, what they print, and what comes from the cache', () => {
    const { events, reader } = read(
      'Step 1/2 : FROM busybox\n ---> 461244b9fcfc\nStep 2/2 : RUN make\n ---> Using cache\nStep 2/2 : RUN x\n ---> Running in 04ae643f049c\nhello\nRemoving intermediate container 04ae643f049c\n ---> 42cfd0db1f5d\nSuccessfully built 42cfd0db1f5d\nSuccessfully tagged x:latest\n',
    );
    assert.deepEqual(events, [
      { type: 'build-step', service: 'web', step: 1, of: 2, instruction: 'FROM busybox' },
      { type: 'build-step', service: 'web', step: 2, of: 2, instruction: 'RUN make' },
      { type: 'build-cached', service: 'web', step: 2 },
      { type: 'build-step', service: 'web', step: 2, of: 2, instruction: 'RUN x' },
      { type: 'build-output', service: 'web', text: 'hello' },
    ]);
    assert.deepEqual(reader.progress, {
      ...{ step: 2, of: 2, cachedSteps: 1, container: '04ae643f049c' },
    });
    assert.deepEqual(reader.said, ['hello']);
  });

  it('is free of what the engine paints, and of what was written over', () => {
    const { reader } = read(
      'Step 1/1 : RUN x\n\x1b[91mto stderr\n\x1b[0m 10%\r 55%\r100%\r\n\x1b[0mRemoving intermediate container 04ae643f049c\n',
    );
    assert.deepEqual(reader.said, ['to stderr', '100%']);
  });

  it('of the step that fails is kept, and where it is endless, its end', () => {
    const lines = Array.from({ length: 1200 }, (_, i) => `line ${i.toString()}\n`);
    const { reader } = read(`Step 1/2 : RUN a\nof another\nStep 2/2 : RUN b\n${lines.join('')}`);
    assert.equal(reader.said.length, 1001);
    assert.deepEqual(reader.said.slice(0, 2), ['… 200 lines before', 'line 200']);
    assert.equal(reader.said.at(-1), 'line 1199');
  });

  it('is quiet about FROM scratch, which is no layer', () => {
    const { events } = read('Step 1/2 : FROM scratch\n ---> \nStep 2/2 : COPY a /\n');
    assert.deepEqual(
      events.map(({ type }) => type),
      ['build-step', 'build-step'],
    );
  });

  it("sees the engine's own lines also behind the paint of what a command printed on stderr", () => {
    const { events } = read(
      'Step 1/1 : RUN x\n\x1b[91moops\n\x1b[0mRemoving intermediate container 04ae643f049c\n',
    );
    assert.deepEqual(events.slice(1), [{ type: 'build-output', service: 'web', text: 'oops' }]);
  });

  it('leaves out the steps that nobody wrote', () => {
    const { events } = read('Step 1/2 : FROM busybox\nStep 2/2 : LABEL os.build=x\n ---> Using cache\n', 1);
    assert.deepEqual(events, [
      { type: 'build-step', service: 'web', step: 1, of: 1, instruction: 'FROM busybox' },
    ]);
  });
});
