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

describe('an option that has no effect beside the others', () => {
  for (const [line, message] of [
    [
      'config set hostname x --on dev --no-undo --undo-after 60s',
      /^os: --no-undo and --undo-after exclude each other\n/,
    ],
    ['context dev --name shop', /^os: --name needs --install, --remove or --via ssh\n/],
    ['doctor dev --machine', /^os: --machine is without a device\n/],
    ['emulator down dev --all', /^os: --all is every device, and dev is one\n/],
    ['ps dev --all --project shop', /^os: --all and --project exclude each other\n/],
    ['ps dev --via ssh --engine-port 2375', /^os: --engine-port is a TCP port, and --via ssh leads/],
    ['purge dev --leftovers --time 5', /^os: --leftovers and --time exclude each other\n/],
    ['reboot dev --timeout 5s', /^os: --timeout needs --wait\n/],
    ['reset dev --state --yes --timeout 5s', /^os: --timeout needs --wait\n/],
    ['ssh dev --forget -- uname', /^os: --forget ends without a command or a service\n/],
    [
      'ssh dev web --port 22222 -- uname',
      /^os: --port is of the host, and a service is reached through the engine\n/,
    ],
    [
      'ssh dev web --via ssh --engine-port 2375 -- uname',
      /^os: --engine-port is a TCP port, and --via ssh leads/,
    ],
    [
      'services dev openvpn --disable --no-undo --undo-after 60s',
      /^os: --no-undo and --undo-after exclude each other\n/,
    ],
    ['ssh dev web -i /nowhere -- uname', /^os: cannot read the key \/nowhere: no such file or directory\n/],
    ['top dev web --all', /^os: --all is every project, and a service is of one\n/],
    [
      'tunnel dev --reverse 3000 --bind 0.0.0.0',
      /^os: --bind is for ports that lead to the device, and --reverse leads here\n/,
    ],
    ['update dev --status --allow-downgrade', /^os: --allow-downgrade and --status exclude each other\n/],
    ['update dev --status --timeout 5s', /^os: --status and --timeout exclude each other\n/],
  ] as const)
    it(`is refused, not dropped, before a device is looked for: os ${line}`, async () => {
      const { code, stdout, stderr } = await runOs(line.split(' '));
      assert.match(stderr, message);
      assert.deepEqual([code, stdout], [2, '']);
    });
});
