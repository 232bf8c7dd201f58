import assert from 'node:assert/strict';
import { reachContext } from '../../../src/cli/terminal/reach-context.ts';
import { wireProject } from '../../../src/cli/verbs/wiring/wire-project.ts';
import { OsError } from '../../../src/core/errors.ts';
import { renderFailure } from '../../../src/ui/failure.ts';
import { fakeOutput } from '../../support/fake-output.ts';

describe('a remark for a person', () => {
  const { signal } = new AbortController();
  const hostile = 'using \x1b]0;title\x07board\u009b2J,\nthe only device\u202e';

  it('has no control sequence of a device, whichever verb or way to a device makes it', () => {
    for (const open of [
      (output: ReturnType<typeof fakeOutput>) => reachContext(output, signal),
      (output: ReturnType<typeof fakeOutput>) => wireProject({ output, signal, events: {} as never }),
    ]) {
      const output = fakeOutput('plain');
      open(output).note(hostile);
      assert.equal(output.stderr, 'using board,\nthe only device?\n');
    }
  });

  it('has none either where it is the hint after Ctrl-C, with the name of a device', () => {
    const interrupted = new OsError('interrupted', 'interrupted', { hint: hostile });
    assert.equal(renderFailure(interrupted, fakeOutput('plain')), 'using board,\nthe only device?\n');
  });
});
