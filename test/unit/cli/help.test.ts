import assert from 'node:assert/strict';
import { loadConfig } from '../../../src/cli/main.ts';
import { renderHelp } from '../../support/render-help.ts';
import { root } from '../../support/run-program.ts';

describe('the help of every command', () => {
  it('tells what it is, an example and its exit status, in at most 80 columns', async () => {
    const { commands } = await loadConfig({ root });
    assert.ok(commands.length >= 45);
    for (const { id, summary, examples } of commands) {
      assert.ok(
        summary !== undefined && summary.length <= 60,
        `${id} has a summary of at most 60 characters`,
      );
      assert.ok(examples !== undefined && examples.length > 0, `${id} has an example`);
      const text = await renderHelp(id.split(':'));
      assert.match(text, /\n\nEXAMPLES\n[^]*\n\nEXIT STATUS\n {2}0 /, id);
      assert.equal(text.split('EXIT STATUS').length, 2, `${id} tells its exit status once, by exitStatus`);
      // An example is not wrapped, so that it can be copied.
      for (const line of text.split('\n'))
        assert.ok(line.length <= 80 || /^ {2,4}\$ /.test(line), `${id}: ${line}`);
    }
  });
});
