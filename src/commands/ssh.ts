import { Args, Flags } from '@oclif/core';
import { OsCommand } from '../cli/base-command.ts';
import { severalFlags, severalForms } from '../cli/flags/several-flags.ts';
import { eitherWayFlags, projectFlags } from '../cli/flags/project-flags.ts';
import { toServiceRequest } from '../cli/flags/to-requests.ts';
import { claimOpened } from '../cli/several/claim-opened.ts';
import type { Parsed } from '../cli/several/device-words.ts';
import { refuseSharedStdin } from '../cli/several/shared-input.ts';
import type { FarEnd } from '../cli/terminal/far-end.ts';
import { reachContext } from '../cli/terminal/reach-context.ts';
import { hostEnd, runAttached, runCollected } from '../cli/verbs/run-ssh.ts';
import { openServiceEnd } from '../cli/verbs/ssh-service.ts';
import { wireProject } from '../cli/verbs/wiring/wire-project.ts';
import { OsError } from '../core/errors.ts';
import { ports } from '../net/ports.ts';
import { chooseDevice } from '../reach/choose-device.ts';
import { forgetHost } from '../reach/host/known-host-keys.ts';
import { reachHost } from '../reach/host/reach-host.ts';
import { toCommandLine } from '../ssh/process/command-line.ts';

export default class Ssh extends OsCommand {
  static override summary = 'a shell or command on a device, or in a service';
  static override usage = 'ssh [DEVICE] [SERVICE] [-i FILE] [-t] [-n] [--port PORT] [-- COMMAND…]';
  static override description = `Without a command it opens a shell in this terminal; \`~.\` at the start of a line hangs up. If stdin is not a \
terminal, the shell reads it as a script.

With a command it opens no terminal unless --tty is given, keeps stdout and stderr separate and passes stdin on. \
Several words are passed to the command unchanged. A single word is a line of shell: -- 'ls /mnt | wc -l'. Everything \
after -- belongs to the command. On several devices a command gets no input: stdin has to be empty or a terminal, unless \
--no-stdin is given.

With a service it opens bash, else sh, in the service's container, through the engine: also where SSH is closed. The \
service is looked for in every project on the device; where several have it, in the one of the source directory, unless \
--project names another. A port after the device's name is then that of its engine. --service is for a service that is \
called like a command, and for leaving the device out.

Without a service it is a root shell on the host. It logs in without a password if the device allows that, else with --identity, the keys of the SSH agent, and \
~/.ssh/id_ed25519, id_ecdsa and id_rsa. The host key of a device is stored on the first connection; another key is \
refused until --forget.`;

  static override examples = [
    '<%= config.bin %> ssh mydevice.local',
    '<%= config.bin %> ssh 63ec46c -- journalctl -u balena -n 20',
    "<%= config.bin %> ssh 10.0.0.5 -- 'df -h | grep data'",
    '<%= config.bin %> ssh mydevice web',
    '<%= config.bin %> ssh mydevice db -- pg_dump shop > shop.sql',
    'tar c . | <%= config.bin %> ssh 10.0.0.5 -- tar x -C /mnt/data/app',
    '<%= config.bin %> ssh mydevice --forget',
  ];

  static override args = {
    device: Args.string({
      description: `address, host name or UUID, with an optional :port; default $OS_DEVICE; ${severalForms}`,
    }),
    service: Args.string({ description: 'service to reach, in place of the host' }),
  };

  static override exitStatus = {
    0: 'the status of the command, or 128 + n if signal n ended it',
    3: 'the device is not found, or nothing answers',
    4: 'the device refuses every key, or shows another host key than before',
    6: 'the service is not running',
    10: 'the connection is lost',
  };

  static override unexpectedArgumentHint = 'a command goes after --: `os ssh DEVICE -- ls /mnt`';

  static override devices = 'argument' as const;
  static override flags = {
    ...severalFlags,
    service: Flags.string({ description: 'service to reach, whatever it is called', helpValue: 'NAME' }),
    tty: Flags.boolean({ char: 't', description: 'a terminal for the command too', allowNo: true }),
    'no-stdin': Flags.boolean({ char: 'n', description: 'give the command no input' }),
    port: Flags.integer({ description: "port of the device's SSH server", min: 1, max: 65_535 }),
    user: Flags.string({ description: "user to log in as; default: root, in a service its container's own" }),
    workdir: Flags.string({ char: 'w', description: 'working directory in the service', helpValue: 'DIR' }),
    forget: Flags.boolean({ description: "forget the device's host key, and end" }),
    ...eitherWayFlags,
    project: projectFlags.project,
    source: projectFlags.source,
  };

  async run(): Promise<void> {
    const separator = this.argv.indexOf('--');
    const own = separator === -1 ? this.argv : this.argv.slice(0, separator);
    const words = separator === -1 ? [] : this.argv.slice(separator + 1);
    const { args, flags } = await this.parse(Ssh, own);
    const { output, signal } = this;
    const service = flags.service ?? args.service;
    if (flags.service !== undefined && args.service !== undefined)
      throw new OsError('usage', `two services: ${args.service} and --service ${flags.service}`, {
        hint: 'name one of them',
      });

    if (flags.forget && (service !== undefined || words.length > 0))
      throw new OsError('usage', '--forget ends without a command or a service', {
        hint: 'forget the key first, then connect again without --forget',
      });
    if (service !== undefined && flags.port !== undefined)
      throw new OsError('usage', '--port is of the host, and a service is reached through the engine', {
        hint: "the engine's port goes after the device's name: DEVICE:PORT",
      });
    if (flags.forget) return this.#forget(args.device, flags.port);
    if (output.mode === 'json' && words.length === 0)
      throw new OsError('usage', '--json needs a command', {
        hint: 'put it after --: os ssh DEVICE --json -- uname -a',
      });

    const { user, workdir: workingDirectory } = flags;
    if (service === undefined && workingDirectory !== undefined)
      throw new OsError('usage', '--workdir is for a service', {
        hint: "on the host: os ssh DEVICE -- 'cd DIR && COMMAND'",
      });
    await using far =
      service === undefined
        ? await this.#openHost(args.device, toCommandLine(words), flags)
        : await openServiceEnd(wireProject(this), {
            ...toServiceRequest(args.device, flags),
            service,
            words,
            user,
            workingDirectory,
            isCertain: flags.service !== undefined,
          });
    const isInputWanted = !flags['no-stdin'] && !this.isOneOfSeveral;
    if (output.mode === 'json') {
      const result = await runCollected(far, { isInputWanted, signal });
      this.answer(result, () => '');
      this.setRemoteStatus(result.status);
    } else {
      this.setRemoteStatus(
        await runAttached(far, {
          isTty: flags.tty,
          isInputWanted,
          isShared: this.isOneOfSeveral,
          output,
          signal,
        }),
      );
    }
  }

  protected override checkSeveral({ flags }: Parsed): void {
    if (flags['tty'] === true) throw new OsError('usage', '--tty works on one device alone');
    if (flags['forget'] === true) return;
    if (!this.argv.includes('--'))
      throw new OsError('usage', 'a shell works on one device alone', {
        hint: 'name one, or put a command after --: os ssh kitchen,hall -- uptime',
      });
    if (flags['no-stdin'] !== true) refuseSharedStdin({ fd: 0 });
  }

  async #openHost(
    device: string | undefined,
    command: string | undefined,
    {
      port,
      identity,
      user = 'root',
    }: { port?: number | undefined; identity?: string | undefined; user?: string | undefined },
  ): Promise<FarEnd & AsyncDisposable> {
    const context = reachContext(this.output, this.signal);
    const target = await chooseDevice(device, context);
    const login = { identityFile: identity, username: user };
    const { session, address } = await reachHost({ target, port, ...login }, context);
    await claimOpened(this.claimDevice, { address, port: port ?? target.port ?? ports.ssh }, session);
    return {
      ...hostEnd(session, command),
      [Symbol.asyncDispose]: async () => {
        await session[Symbol.asyncDispose]();
      },
    };
  }

  async #forget(device: string | undefined, port: number | undefined): Promise<void> {
    const target = await chooseDevice(device, reachContext(this.output, this.signal));
    const name = target.text;
    const isForgotten = await forgetHost(target, port);
    this.answer({ name, isForgotten }, () =>
      isForgotten ? `forgot the host key of ${name}\n` : `no host key of ${name} is known\n`,
    );
  }
}
