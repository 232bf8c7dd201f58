import assert from 'node:assert/strict';
import type { HostCommands } from '../../../../src/host/host-commands.ts';
import { findLeftStopped, readEngine } from '../../../../src/host/services/engine-restart.ts';

const { signal } = new AbortController();
const id = (digit: string): string => digit.repeat(64);

/** Commands that all print `stdout`; `asked` has their texts. */
function commandsThatPrint(stdout: string): HostCommands & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    run: command => {
      asked.push(command);
      return Promise.resolve({ status: 0, bytes: Buffer.from(stdout), stdout, stderr: '' });
    },
  };
}

describe('a restart of the engine', () => {
  it('is told by the process ids and the running containers of before, of which nothing else is believed', async () => {
    const text = `412 0\n${id('a')}\n$(reboot)\n${id('b')}\n`;
    assert.deepEqual(await readEngine(commandsThatPrint(text), signal), {
      pids: '412 0',
      running: [id('a'), id('b')],
    });
    assert.deepEqual(await readEngine(commandsThatPrint(''), signal), { pids: '', running: [] });
    assert.equal((await readEngine(commandsThatPrint('4$(reboot)1\n'), signal)).pids, '41');
  });

  it('leaves those containers stopped that ran and that neither a restart policy nor the OS starts again', async () => {
    const text = [
      'false no /shop-web-1',
      'false  /older-engine',
      'false on-failure /ended-well',
      'false always /starts-later',
      'true no /runs',
      'false no /balena_supervisor',
      '',
    ].join('\n');
    const commands = commandsThatPrint(text);
    assert.deepEqual(await findLeftStopped(commands, { pids: '1', running: [id('a')] }, signal), [
      'ended-well',
      'older-engine',
      'shop-web-1',
    ]);
    assert.match(commands.asked.join(), new RegExp(id('a')));
  });

  it('asks nothing where nothing ran', async () => {
    const commands = commandsThatPrint('');
    assert.deepEqual(await findLeftStopped(commands, { pids: '1', running: [] }, signal), []);
    assert.deepEqual(commands.asked, []);
  });
});
