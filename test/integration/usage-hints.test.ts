import assert from 'node:assert/strict';
import { runOs } from '../support/run-program.ts';

describe('a command line that is almost right', () => {
  for (const [args, message, hint] of [
    [
      ['config', 'set', 'ntpServers=10.0.0.1'],
      'give ntpServers=10.0.0.1 a value, or --from-file, and not both',
      'a space goes between them: os config set ntpServers 10.0.0.1',
    ],
    [
      ['update', 'no-such-file'],
      'cannot read no-such-file: there is no such file',
      'if that is a device, the file goes after it: os update no-such-file FILE',
    ],
  ] as const)
    it(`(os ${args.join(' ')}) is refused with the line to type`, async () => {
      const { code, stdout, stderr } = await runOs(args);
      assert.deepEqual([code, stdout, stderr], [2, '', `os: ${message}\n    ${hint}\n`]);
    });
});
