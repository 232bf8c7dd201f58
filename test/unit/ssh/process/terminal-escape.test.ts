import assert from 'node:assert/strict';
import fc from 'fast-check';
import { terminalEscape } from '../../../../src/ssh/process/terminal-escape.ts';

/** What is sent when `chunks` are typed, and whether that hangs up. */
function type(...chunks: (string | Uint8Array)[]): { sent: string; isHungUp: boolean } {
  let isHungUp = false;
  const filter = terminalEscape(() => (isHungUp = true));
  const sent = chunks.map(chunk => filter(Buffer.from(chunk as string)).toString('latin1')).join('');
  return { sent, isHungUp };
}

describe('the escape of a terminal', () => {
  it('hangs up on ~. at the start of a line alone', () => {
    assert.deepEqual(type('~.'), { sent: '', isHungUp: true });
    assert.deepEqual(type('ls\r~', '.'), { sent: 'ls\r', isHungUp: true });
    assert.deepEqual(type('cd ~.'), { sent: 'cd ~.', isHungUp: false });
  });

  it('sends ~ for ~~, and any other key as typed', () => {
    assert.deepEqual(type('~~.'), { sent: '~.', isHungUp: false });
    assert.deepEqual(type('~/bin\r'), { sent: '~/bin\r', isHungUp: false });
    assert.deepEqual(type('~\r~.'), { sent: '~\r', isHungUp: true });
  });

  it('changes nothing that has no ~, however it is cut', () => {
    const bytes = fc.uint8Array().map(typed => typed.filter(byte => byte !== 0x7e));
    fc.assert(
      fc.property(fc.array(bytes), chunks => {
        assert.deepEqual(type(...chunks), {
          sent: Buffer.concat(chunks).toString('latin1'),
          isHungUp: false,
        });
      }),
    );
  });
});
