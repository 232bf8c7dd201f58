/** The running device that a command of the host OS is for: its files, its commands, and its address. */
import { addressAndPort, inBrackets } from '../../../core/address.ts';
import { OsError } from '../../../core/errors.ts';
import { shellHostFiles } from '../../../host/files/shell-host-files.ts';
import type { HostAccess } from '../../../host/host-access.ts';
import type { HostCommands } from '../../../host/host-commands.ts';
import type { HostFiles } from '../../../host/host-files.ts';
import { parseTarget, type DeviceTarget } from '../../../device/target.ts';
import { exitStatusOf } from '../../../ssh/process/remote-exit.ts';
import type { SshSession } from '../../../ssh/session.ts';
import { ports } from '../../../net/ports.ts';
import type { Output } from '../../../ui/output.ts';
import { chooseDevice } from '../../../reach/choose-device.ts';
import { openLateTrust } from '../../../reach/host/known-host-keys.ts';
import { reachHost, type HostRequest } from '../../../reach/host/reach-host.ts';
import type { ClaimDevice } from '../../place.ts';
import { claimOpened } from '../../several/claim-opened.ts';
import { reachContext } from '../../terminal/reach-context.ts';

export interface HostDevice extends AsyncDisposable {
  readonly kind: 'device';
  readonly files: HostFiles;
  readonly commands: HostCommands;
  readonly address: string;
  /** Its name on the network if one is known, e.g. `mydevice.local`. */
  readonly host: string | null;
  /** For messages: its name, else its address. */
  readonly name: string;
  /** Reaches the same device again, over a connection of its own; `elsewhere` is another name or address of it. */
  reopen(signal: AbortSignal, elsewhere?: string): Promise<HostDevice>;
  /** Reaches what is at its address and port now, whatever SSH host key that shows. */
  reopenUnproven(signal: AbortSignal): Promise<UnprovenDevice>;
}

/** A device that may be another one: its host key is not stored before `trustKey`. */
export interface UnprovenDevice extends HostAccess {
  /** Stores its host key in place of those that the device had at that port. */
  trustKey(): Promise<void>;
}

export interface OpenOptions {
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Omitted where no other command runs beside this one. */
  readonly claimDevice?: ClaimDevice;
}

/** The commands of a root session. */
export const sessionCommands = (session: SshSession): HostCommands => ({
  async run(command, { signal, input, timeoutMs } = {}) {
    const { exit, stdout, stderr } = await session.run(command, {
      ...(signal && { signal }),
      ...(input !== undefined && { input: Buffer.from(input) }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      maxOutputBytes: 32 * 1024 * 1024,
    });
    return {
      status: exitStatusOf(exit),
      bytes: stdout,
      stdout: stdout.toString('utf8'),
      stderr: stderr.toString('utf8'),
    };
  },
});

async function openTarget(
  target: DeviceTarget,
  { output, signal }: Pick<OpenOptions, 'output' | 'signal'>,
  knownAs?: HostRequest['knownAs'],
): Promise<HostDevice> {
  const { session, address, host } = await reachHost({ target, knownAs }, reachContext(output, signal));
  const commands = sessionCommands(session);
  const targetAt = (place: string): DeviceTarget =>
    parseTarget(target.port === null ? inBrackets(place) : addressAndPort(place, target.port));
  return {
    kind: 'device',
    files: shellHostFiles(commands),
    commands,
    address,
    host,
    name: host ?? address,
    reopen: (innerSignal, elsewhere) => {
      // Another device may have that address or name by now: the host key has to be the one of this device.
      return openTarget(
        targetAt(elsewhere ?? address),
        { output: { ...output, isQuiet: true }, signal: innerSignal },
        knownAs ?? { address, host },
      );
    },
    reopenUnproven: async innerSignal => {
      const { hostKeys, trust } = openLateTrust({ address, host }, target.port ?? ports.ssh);
      const context = reachContext({ ...output, isQuiet: true }, innerSignal);
      const reached = await reachHost({ target: targetAt(address), hostKeys }, context);
      const again = sessionCommands(reached.session);
      return {
        files: shellHostFiles(again),
        commands: again,
        trustKey: trust,
        [Symbol.asyncDispose]: () => reached.session[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** The image that a word of `--on` names: `image:PATH`, or a path with a slash in it. Undefined for a device. */
export function imagePathOf(on: string): string | undefined {
  if (on.startsWith('image:')) return on.slice('image:'.length);
  return /[/\\]/.test(on) ? on : undefined;
}

/** Opens the device that `named` or its absence chooses. Throws as `chooseDevice` and `reachHost` do. */
export async function openHostDevice(named: string | undefined, options: OpenOptions): Promise<HostDevice> {
  if (named !== undefined && imagePathOf(named) !== undefined)
    throw new OsError('usage', `this works on a running device, not on the file ${JSON.stringify(named)}`, {
      hint: 'name a device; `os scan` lists those on your network',
    });
  const target = await chooseDevice(named, reachContext(options.output, options.signal));
  const device = await openTarget(target, options);
  const { claimDevice } = options;
  if (claimDevice !== undefined)
    await claimOpened(claimDevice, { address: device.address, port: target.port ?? ports.ssh }, device);
  return device;
}
