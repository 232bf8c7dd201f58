import assert from 'node:assert/strict';
import { fixtureProgram } from '../../support/fixture-program.ts';
import { lineOf, openTerminal, type TestTerminal } from '../../support/terminal.ts';

async function run(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<TestTerminal> {
  const line = lineOf([process.execPath, await fixtureProgram(), ...words]);
  return openTerminal(`${line}; echo status=$?`, { ...process.env, TERM: 'xterm', CI: undefined, ...env });
}

const ask = (env?: NodeJS.ProcessEnv): Promise<TestTerminal> => run(['ask'], env);

describe('Ctrl-C at a terminal', () => {
  it('leaves no ^C before the last words, of one device and of several', async () => {
    for (const [words, waiting] of [
      [['wait'], /^waiting\r\n$/m],
      [['wait', 'kitchen,hall'], /\| waiting\r\n(?:kitchen|hall {3}) \| waiting\r\n$/],
    ] as const) {
      await using terminal = await run(words);
      await terminal.until(waiting);
      terminal.type('\x03');
      // eslint-disable-next-line no-control-regex -- what erases a line
      await terminal.until(/\^C\r\x1b\[K(?:kitchen \| )?stopping\r\n/);
    }
  });
});

describe('what needs a confirmation', () => {
  it('is not done on several devices without --yes, and nobody is led to give that to all of a network', async () => {
    await using asked = await run(['wipe', 'kitchen,hall'], { NO_COLOR: '1' });
    await asked.until(/status=2\r\n/);
    const shown = asked.shown();
    assert.match(
      shown,
      /^kitchen \| os: all is lost: confirm it\r\nkitchen \| {5}.*name each of them, and give --yes/m,
    );
    assert.doesNotMatch(shown, /wiped/);
    await using agreed = await run(['wipe', 'kitchen,hall', '--yes']);
    await agreed.until(/kitchen \| wiped\r\nhall {4}\| wiped\r\nstatus=0/);
    await using alone = await run(['wipe', 'kitchen']);
    await alone.until(/Type wipe to go on/);
    alone.type('no\r');
    await alone.until(/nothing was changed\r\nstatus=130/);
    assert.doesNotMatch(alone.shown(), /wiped/);
  });
});

describe('a question at a terminal', () => {
  it('is never put where a machine records what is shown, or the terminal cannot be drawn on', async () => {
    for (const env of [{ CI: 'true' }, { TERM: 'dumb' }]) {
      await using terminal = await ask(env);
      await terminal.until(/nobody can be asked\r\nstatus=0/);
    }
  });

  it('ends with 143 when the command is terminated at it, and with 130 at Ctrl-C', async () => {
    await using terminated = await ask();
    const [, pid = ''] = await terminated.until(/process (\d+)[^]*Which\?/);
    process.kill(Number(pid), 'SIGTERM');
    await terminated.until(/status=143/);
    await using interrupted = await ask();
    await interrupted.until(/Which\?/);
    interrupted.type('\x03');
    await interrupted.until(/status=130/);
    assert.doesNotMatch(interrupted.shown(), /defect/);
  });
});
