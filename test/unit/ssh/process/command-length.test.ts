import assert from 'node:assert/strict';
import { checkLength, explainRefusal } from '../../../../src/ssh/process/command-line.ts';

describe('a command that is too long', () => {
  it('is refused with its length before it is sent, where no device can start it', () => {
    checkLength('x'.repeat(131_071));
    assert.throws(() => checkLength('é'.repeat(131_072)), {
      code: 'usage',
      message: 'the command is 262144 bytes long; a device takes 131071 at most',
      hint: 'write it to a file and send that as the input of a shell: os ssh DEVICE < FILE',
    });
  });

  it('is the likely reason where a server refuses more than dropbear takes', () => {
    assert.equal(explainRefusal('x'.repeat(9000)), undefined);
    assert.match(
      explainRefusal('x'.repeat(9001))?.message ?? '',
      /^the command is 9001 bytes long; this device's/,
    );
  });
});
