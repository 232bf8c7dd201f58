import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { chooseDevice, forgetHost, reachHost } from '../cli/reach-host.ts';
import { runAttached, runCollected } from '../cli/run-ssh.ts';
import { OsError } from '../core/errors.ts';
import { toCommandLine } from '../ssh/command-line.ts';

export default class Ssh extends OsCommand {
  static override summary = 'a root shell on a device, or a command run there';
  static override usage = 'ssh [DEVICE] [-i FILE] [-t] [-n] [--port PORT] [-- COMMAND…]';
  static override description = `Without a command: a shell in this terminal. \`~.\` at the start of a line hangs up. \
Where stdin is no terminal, the shell reads it as a script.

With a command: no terminal unless --tty, stdout and stderr apart, stdin passed on. Several words arrive on the \
device exactly as they are. A single word is a line of shell: -- 'ls /mnt | wc -l'. Everything after -- belongs to \
the command.

Logs in without a password where the device allows it, else with --identity, the keys of the SSH agent, and \
~/.ssh/id_ed25519, id_ecdsa and id_rsa. The device's host key is remembered when first seen; another one is refused \
from then on, until --forget.`;

  static override examples = [
    '<%= config.bin %> ssh mydevice.local',
    '<%= config.bin %> ssh 63ec46c -- journalctl -u balena -n 20',
    "<%= config.bin %> ssh 10.0.0.5 -- 'df -h | grep data'",
    'tar c . | <%= config.bin %> ssh 10.0.0.5 -- tar x -C /mnt/data/app',
    '<%= config.bin %> ssh mydevice --forget',
  ];

  static override args = {
    device: Args.string({
      description: 'address, host name or UUID, with an optional :port; default $OS_DEVICE',
    }),
  };

  static override exitStatus = {
    0: 'as the command: its own status, or 128 + n when signal n ended it',
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses every key, or shows another host key than before',
    10: 'the connection is lost',
  };

  static override unexpectedArgumentHint = 'a command goes after --: `os ssh DEVICE -- ls /mnt`';

  static override flags = {
    identity: Flags.string({ char: 'i', description: 'private key to log in with', helpValue: 'FILE' }),
    tty: Flags.boolean({ char: 't', description: 'a terminal for the command too', allowNo: true }),
    'no-stdin': Flags.boolean({ char: 'n', description: 'give the command no input' }),
    port: Flags.integer({ description: "port of the device's SSH server", min: 1, max: 65_535 }),
    user: Flags.string({ description: 'user to log in as', default: 'root' }),
    forget: Flags.boolean({ description: "forget the device's host key, and end" }),
  };

  async run(): Promise<void> {
    const separator = this.argv.indexOf('--');
    const own = separator === -1 ? this.argv : this.argv.slice(0, separator);
    const command = toCommandLine(separator === -1 ? [] : this.argv.slice(separator + 1));
    const { args, flags } = await this.parse(Ssh, own);
    const { output, signal } = this;
    const target = await chooseDevice(args.device, { signal, output });
    const name = target.text;

    if (flags.forget) {
      const isForgotten = await forgetHost(target, flags.port);
      this.answer({ name, isForgotten }, () =>
        isForgotten ? `forgot the host key of ${name}\n` : `no host key of ${name} is known\n`,
      );
      return;
    }
    if (output.mode === 'json' && command === undefined)
      throw new OsError('usage', '--json needs a command', {
        hint: 'put it after --: os ssh DEVICE --json -- uname -a',
      });

    const { session } = await reachHost(target, {
      output,
      signal,
      port: flags.port,
      identityFile: flags.identity,
      username: flags.user,
    });
    await using _open = session;
    const isInputWanted = !flags['no-stdin'];
    if (output.mode === 'json' && command !== undefined) {
      const result = await runCollected(session, command, { isInputWanted, signal });
      this.answer(result, () => '');
      process.exitCode = result.status;
    } else {
      process.exitCode = await runAttached(session, {
        command,
        isTty: flags.tty,
        isInputWanted,
        output,
        signal,
      });
    }
  }
}
